/** Which languages' words count for another: the rule of hub/contacts/templates/near.py, where it is told. */
const part = (tag: string, letters: number): string =>
  tag.split("-").find((it, at) => at && it.length === letters) ?? "";
const stem = (tag: string): string => tag.split("-")[0] ?? "";
const script = (tag: string): string =>
  part(tag, 4) || (stem(tag) === "zh" ? (/tw|hk|mo/.test(part(tag, 2)) ? "hant" : "hans") : "");

function rankOf(one: string, wanted: string): number {
  const [a, b] = [script(one), script(wanted)];
  if (one === wanted) return 1;
  if (stem(one) === stem(wanted) && (a === b || !a || !b)) {
    if (wanted.startsWith(`${one}-`)) return 3 - one.length / 100;
    if (stem(one) !== "en" && b !== "hans")
      return ["", part(wanted, 2)].includes(part(one, 2)) ? 4 : 5;
  }
  if (stem(wanted) !== "zh") return one === "en" ? 6 : 0;
  return one === "zh-cn" ? 6 : /^zh(-hans(-cn)?)?$/.test(one) ? 7 : 0;
}

/** The tags whose words count for a language before what is said as usual, best first. */
export function nearest(tags: string[], wanted: string): string[] {
  const rank = (tag: string): number => rankOf(tag.toLowerCase(), wanted.toLowerCase());
  return tags.filter(rank).sort().sort((a, b) => rank(a) - rank(b));
}
