/**
 * The sparsity wanted when `progress` (0 to 1) of the pruning time has passed, on the way from `initial` to `target`.
 * At progress 1 it is exactly `target`, and it never falls.
 */
export type Schedule = (progress: number, target: number, initial: number) => number;
