/**
 * Made parts of a document lie between two marks, which stay where they are:
 *
 *     <!-- made: kernels (npm run docs) -->
 *     ...
 *     <!-- end -->
 */

/** A part of a document that a program writes: Markdown, without the marks. */
export type Part = () => string | Promise<string>;

const parts = /<!-- made: (\S+) \(npm run docs\) -->\n[\s\S]*?<!-- end -->/g;

/** The document with its made parts written anew. Throws for a part that has no maker. */
export async function remade(document: string, makers: Readonly<Record<string, Part>>): Promise<string> {
  const made = new Map<string, string>();
  for (const [, name] of document.matchAll(parts)) {
    const maker = makers[name];
    if (!maker) throw new Error(`want a part among ${Object.keys(makers).join(', ')}, got "${name}"`);
    made.set(name, await maker());
  }
  return document.replace(
    parts,
    (_, name: string) => `<!-- made: ${name} (npm run docs) -->\n\n${made.get(name)?.trim()}\n\n<!-- end -->`,
  );
}

/** A table; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [head, ...rest] = rows;
  return [line(head), line(head.map(() => '---')), ...rest.map(line)].join('\n');
}

/** Words in code type, separated by commas. */
export function codes(words: Iterable<string>): string {
  return [...words].map((word) => `\`${word}\``).join(', ');
}

export function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
