/** The lines of a shape file as whole numbers; what follows # is a comment. Throws an Error on anything else. */
export function shapeLines(text: string, columns: number, file: string): number[][] {
  return text.split('\n').flatMap((line, at) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') return [];
    const numbers = words.map(Number);
    if (numbers.length !== columns || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0))
      throw new Error(`${file}:${at + 1}: want ${columns} whole numbers, got "${line.trim()}"`);
    return [numbers];
  });
}
