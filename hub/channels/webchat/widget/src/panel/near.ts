/** Which languages' words count for another: the rule of hub/contacts/templates/near.py, where it is told. */
const stem = (tag: string): string => tag.split("-")[0] ?? "";
const region = (tag: string): string => /-([a-z]{2})(?![a-z0-9])/.exec(tag)?.[1] ?? "";
const script = (tag: string): string =>
  /-([a-z]{4})(?![a-z0-9])/.exec(tag)?.[1] ??
  (stem(tag) !== "zh" ? "" : /^(tw|hk|mo)$/.test(region(tag)) ? "hant" : "hans");

function rankOf(one: string, wanted: string): number {
  const [a, b] = [script(one), script(wanted)];
  const alike = stem(one) === stem(wanted) && (a === b || !a || !b);
  if (one === wanted) return 1;
  if (alike && wanted.startsWith(`${one}-`)) return 3 - one.length / 100;
  if (alike && stem(one) !== "en" && b !== "hans")
    return ["", region(wanted)].includes(region(one)) ? 4 : 5;
  const usual = stem(wanted) === "zh" ? "zh-cn" : "en";
  if (one === usual) return 6;
  return usual !== "en" && /^zh(-hans(-cn)?)?$/.test(one) ? 7 : 0;
}

/** The tags whose words count for a language before what is said as usual, best first. */
export function nearest(tags: string[], wanted: string): string[] {
  const rank = (tag: string): number => rankOf(tag.toLowerCase(), wanted.toLowerCase());
  return tags.filter(rank).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
