/**
 * A csr weight in tiles of columns, one after the other, each a csr matrix of its own: a kernel that multiplies tile by tile
 * reads so few rows of X at a time that they stay in the first cache.
 *
 *     csr.tiles.<width>   [rowPointers, rows * tiles + 1][offsets]    row r of tile t is row t * rows + r
 *     csr.tiles.order     for each value of that order its index in the constant's values
 */
/** Columns of a tile: their rows of two panels of 16 lanes fill 48 KiB. */
const TILE = 384;

/** Tiles of a weight of so many columns, all of about the same breadth. */
export function tilesOf(columns: number): number {
  return Math.max(1, Math.ceil(columns / TILE));
}

interface Walk {
  readonly rowPointers: Uint32Array;
  readonly columns: Uint32Array;
  readonly order: Uint32Array;
}

/** A walk whose columns ascend within each row, tile by tile. */
export function tiled(walk: Walk, width: number): Walk {
  const rows = walk.rowPointers.length - 1;
  const tiles = tilesOf(width);
  const breadth = Math.ceil(width / tiles);
  const rowPointers = new Uint32Array(rows * tiles + 1);
  const columns = new Uint32Array(walk.columns.length);
  const order = new Uint32Array(walk.order.length);
  const begins = walk.rowPointers.slice(0, rows);
  let next = 0;
  for (let tile = 0; tile < tiles; tile++)
    for (let row = 0; row < rows; row++) {
      let at = begins[row];
      for (; at < walk.rowPointers[row + 1] && walk.columns[at] < (tile + 1) * breadth; at++) {
        columns[next] = walk.columns[at];
        order[next++] = walk.order[at];
      }
      begins[row] = at;
      rowPointers[tile * rows + row + 1] = next;
    }
  return { rowPointers, columns, order };
}
