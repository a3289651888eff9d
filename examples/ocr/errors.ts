/** How wrong a reading is: edits that turn what was read into what was written, as a share of the characters. */

export function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length];
}

/** @param pairs what is written, and what was read */
export function errorOf(pairs: readonly (readonly [written: string, read: string])[]): number {
  let [edits, characters] = [0, 0];
  for (const [written, read] of pairs) {
    edits += editsBetween(written, read);
    characters += written.length;
  }
  return edits / Math.max(1, characters);
}
