import type { CacheEvent, CacheEventType, EventListener } from "@runcache/core";

/** Remembers what a cache reported: `new CachingRunner({ …, onEvent: events.listener })`. */
export class RecordedEvents {
  readonly all: CacheEvent[] = [];
  readonly listener: EventListener = (event) => void this.all.push(event);

  /** The events of one type, in order. */
  of<T extends CacheEventType>(type: T): Extract<CacheEvent, { readonly type: T }>[] {
    return this.all.filter((event): event is Extract<CacheEvent, { readonly type: T }> => event.type === type);
  }

  /** How each call ended, in order: `["miss", "hit"]`. */
  outcomes(): CacheEventType[] {
    const outcomes: readonly CacheEventType[] = ["hit", "miss", "bypass"];
    return this.all.map((event) => event.type).filter((type) => outcomes.includes(type));
  }

  /** How often a tool really ran and its result was kept. */
  get executions(): number {
    return this.of("stored").length;
  }
}
