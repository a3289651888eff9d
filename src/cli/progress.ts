/** Progress on stderr: a bar that redraws itself on a terminal, nothing where lines would pile up in a log. */

export interface ProgressBar {
  /** `share` is from 0 to 1. */
  update(share: number, label: string): void;
  /** Takes the bar away, so that a line may follow. */
  clear(): void;
}

const WIDTH = 24;
/** Redrawing more often costs time and shows nothing. */
const INTERVAL_MS = 100;
/** Back to the start of the line, and the line gone. */
const ERASE = '\r\u001b[2K';

export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!stream.isTTY) return { update: () => undefined, clear: () => undefined };
  let drawnAt = Number.NEGATIVE_INFINITY;
  let visible = false;
  return {
    update(share, label) {
      const now = performance.now();
      if (now - drawnAt < INTERVAL_MS) return;
      drawnAt = now;
      visible = true;
      const full = Math.round(share * WIDTH);
      const line = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${label}`;
      // A terminal that does not know its size says 0.
      stream.write(`${ERASE}${line.slice(0, (stream.columns || 80) - 1)}`);
    },
    clear() {
      if (visible) stream.write(ERASE);
      visible = false;
    },
  };
}
