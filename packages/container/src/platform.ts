/** `os`, `architecture` and `variant` as manifests and engines tell them. */
export interface PlatformFields {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** `os/arch[/variant]`. */
export function platformName({ os, architecture, variant }: PlatformFields): string {
  return [os, architecture, ...(variant === undefined || variant === "" ? [] : [variant])].join("/");
}

/** Whether `platform` is what was wanted; a variant that was not asked for does not matter. */
export function samePlatform(platform: string, wanted: string): boolean {
  return platform === wanted || platform.startsWith(`${wanted}/`);
}
