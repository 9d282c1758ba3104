import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import type { WorkerOrder, WorkerReport, WorkerStart } from "./messages.js";
import type { WorkerKind } from "./runner-module.js";

/** A thread or a process that runs `run-worker`. */
export interface Channel {
  send(order: WorkerOrder): void;
  /** Ends it when it has nothing to do. */
  end(): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

export interface ChannelListeners {
  readonly report: (report: WorkerReport) => void;
  /** It is gone; `how` says what ended it. Called once. */
  readonly gone: (how: string) => void;
}

/** Milliseconds in which what an ended process said is read. */
const LAST_WORDS_MS = 2000;
const PROGRAM = new URL("./run-worker.js", import.meta.url);

export function openChannel(kind: WorkerKind, start: WorkerStart, listeners: ChannelListeners): Channel {
  return kind === "threads" ? openThread(start, listeners) : openProcess(start, listeners);
}

function openThread(start: WorkerStart, { report, gone }: ChannelListeners): Channel {
  const worker = new Worker(PROGRAM, { workerData: start });
  let fault: string | undefined;
  worker.on("message", report);
  worker.on("error", (error) => (fault = error instanceof Error ? error.message : String(error)));
  worker.once("exit", (code) => {
    gone(fault ?? `it ended with exit code ${code}`);
  });
  return {
    send: (order) => {
      worker.postMessage(order);
    },
    end: () => void worker.terminate(),
    kill: () => void worker.terminate(),
  };
}

function openProcess(start: WorkerStart, { report, gone }: ChannelListeners): Channel {
  const child = fork(PROGRAM, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let isGone = false;
  const end = (how: string): void => {
    if (isGone) return;
    isGone = true;
    gone(how);
  };
  // What cannot be sent was meant for one that is ending: its exit says so.
  const send = (message: WorkerStart | WorkerOrder): void => {
    if (child.connected) child.send({ ...message }, () => undefined);
  };
  child.on("message", (message) => {
    report(message as WorkerReport);
  });
  child.on("error", (error) => {
    if (child.pid === undefined) end(error.message);
  });
  child.once("exit", (code, signal) => {
    const how = signal === null ? `it ended with exit code ${code ?? "unknown"}` : `it was ended by ${signal}`;
    const tell = (): void => {
      end(how);
    };
    // What it said last may still have to be read; a child of its own that holds the channel delays nothing for long.
    if (!child.connected) tell();
    else {
      const timer = setTimeout(tell, LAST_WORDS_MS);
      child.once("disconnect", () => {
        clearTimeout(timer);
        tell();
      });
    }
  });
  send(start);
  return {
    send,
    end: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
