// Prints files and lines per room, and every file that is longer than the house likes (ARCHITECTURE.md, style).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LONG = 250;
const TOO_LONG = 400;
const folders = ['assembly', 'src', 'test', 'examples', 'bench', 'scripts', 'docs'];
const skipped = /(^|\/)(node_modules|wasm|out)\//;

/** 'src/plan' for src/plan/build.ts, 'src' for src/index.ts, 'test' for everything under test/. */
function roomOf(path) {
  const [folder, room, ...rest] = path.split('/');
  return (folder === 'src' || folder === 'assembly') && rest.length > 0 ? `${folder}/${room}` : folder;
}

const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !skipped.test(path))
    .map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n').length - 1 })),
);

const rooms = new Map();
for (const file of files) rooms.set(roomOf(file.path), [...(rooms.get(roomOf(file.path)) ?? []), file]);

const row = (...cells) =>
  console.log(cells.map((cell, i) => (i ? String(cell).padStart(9) : cell.padEnd(22))).join(''));
const sum = (list) => list.reduce((total, { lines }) => total + lines, 0);
row('room', 'files', 'lines', 'longest');
for (const [room, list] of [...rooms].sort(([a], [b]) => (a < b ? -1 : 1)))
  row(room, list.length, sum(list), Math.max(...list.map(({ lines }) => lines)));
row('all', files.length, sum(files), Math.max(...files.map(({ lines }) => lines)));

for (const { path, lines } of files.filter((file) => file.lines > LONG && !file.path.endsWith('.md')))
  console.log(`${lines > TOO_LONG ? 'too long' : 'long'}: ${path} has ${lines} lines`);
