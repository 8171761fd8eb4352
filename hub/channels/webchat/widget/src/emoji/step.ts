/** Where a key leads in a grid that is read line by line. */
export const COLUMNS = 8;

/** `at` of `count`, in a language that is written from right to left or not; undefined: the key means nothing here. */
export function step(key: string, at: number, count: number, rtl: boolean): number | undefined {
  const forward = rtl ? -1 : 1;
  const by = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: COLUMNS, ArrowUp: -COLUMNS, Home: -at, End: count - 1 - at }[key];
  if (by === undefined) return undefined;
  return at + by >= 0 && at + by < count ? at + by : at;
}
