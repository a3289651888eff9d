/** Memory that several threads see. Unlike other memory it must say how far it will ever grow. */

export const PAGE = 65536;
/** What a build for threads declares as its maximum: 4 GiB, all that 32 bits address. */
const MOST_PAGES = 65536;

/**
 * A shared memory of one page that can grow to `maxBytes`. Some systems reserve the maximum at once and refuse much of it:
 * then less is asked for, down to a sixteenth.
 */
export function sharedMemory(maxBytes = MOST_PAGES * PAGE): WebAssembly.Memory {
  const pages = Math.max(1, Math.min(MOST_PAGES, Math.ceil(maxBytes / PAGE)));
  for (let maximum = pages; ; maximum = Math.ceil(maximum / 4)) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    } catch (error) {
      if (maximum <= pages / 16 || maximum === 1) throw error;
    }
  }
}
