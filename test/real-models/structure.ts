/** Where a file holds words: four printable bytes in a row or more. Near them lie the tags, lengths and numbers of messages. */
export function structureOf(bytes: Uint8Array): number[] {
  const places: number[] = [];
  let run = 0;
  for (let at = 0; at < bytes.length; at++) {
    run = bytes[at] >= 32 && bytes[at] < 127 ? run + 1 : 0;
    if (run >= 4) places.push(at);
  }
  return places;
}
