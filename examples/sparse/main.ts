/**
 * PageRank of a random web, and a recommender's scores at known places: `npx tsx examples/sparse/main.ts` (after
 * `npm run build`).
 */
import { ready, SparseTensor, Tensor, writeMatrixMarket } from 'lacewing/sparse';

await ready();

// A web: page i links to pages that a multiplicative hash picks, earlier pages more often.
const pages = 2000;
const links = 8;
const from = Int32Array.from({ length: pages * links }, (_, i) => i % pages);
const to = Int32Array.from(from, (page, i) => {
  const draw = (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;
  const target = Math.floor(draw * draw * pages);
  return target === page ? (target + 1) % pages : target;
});
const web = SparseTensor.fromTriplets([pages, pages], from, to, new Float32Array(from.length).fill(1));
console.log(String(web));

// Every page hands its rank on in equal parts: rows scaled by what they add up to, then turned.
const degrees = web.rowSums();
const shares = SparseTensor.fromMask(
  [pages, pages],
  (row, column) => row === column,
  (row) => 1 / degrees[row],
);
using step = shares.matmul(web).transpose();
let rank: Float32Array = new Float32Array(pages).fill(1 / pages);
for (let i = 0; i < 50; i++) rank = step.matvec(rank).map((share) => 0.15 / pages + 0.85 * share);
const best = [...rank.keys()].sort((a, b) => rank[b] - rank[a]).slice(0, 5);
console.log('the five best pages:', best.map((page) => `${page} (${rank[page].toFixed(4)})`).join(', '));

// Scores of users and films at the places that were rated, and nowhere else.
const factors = 16;
const users = new Tensor(
  'float32',
  Float32Array.from({ length: 500 * factors }, (_, i) => Math.sin(i)),
  [500, factors],
);
const films = new Tensor(
  'float32',
  Float32Array.from({ length: factors * 800 }, (_, i) => Math.cos(i)),
  [factors, 800],
);
using rated = SparseTensor.fromMask([500, 800], (user, film) => (7 * user + 3 * film) % 50 === 0);
const scores = rated.sddmm(users, films);
console.log(
  `${scores.stored} scores of ${500 * 800}; the mean of user 0 is ${scores.rowSums()[0] / rated.rowSums()[0]}`,
);

const file = writeMatrixMarket(scores, { comment: 'scores at the rated places' });
console.log(`as a Matrix Market file: ${file.byteLength} bytes`);
