/** A run of a text that stayed, went or came. `folded`: how many characters of it are left out. */
export interface Part {
  kind: 'same' | 'gone' | 'came'
  text: string
  folded?: number
}

const TOKEN = /\p{Script=Han}|[\p{L}\p{N}_]+|\s+|[^\s]/gu
/** Above so many comparisons the middle is shown as gone and come, whole: a browser stays quick. */
const MOST = 4_000_000
const SHOWN = 60

/** The difference of two texts by words; Chinese by characters. */
export function difference(before: string, after: string): Part[] {
  const a = before.match(TOKEN) ?? []
  const b = after.match(TOKEN) ?? []
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1
  const parts: Part[] = []
  push(parts, 'same', a.slice(0, head).join(''))
  middle(parts, a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  push(parts, 'same', a.slice(a.length - tail).join(''))
  return parts
}

/** Long runs that stayed, with their middle left out. */
export function folded(parts: readonly Part[]): Part[] {
  return parts.flatMap((part, index) => {
    if (part.kind !== 'same' || part.text.length <= 3 * SHOWN) return [part]
    const start = index === 0 ? '' : part.text.slice(0, SHOWN)
    const end = index === parts.length - 1 ? '' : part.text.slice(-SHOWN)
    const out: Part[] = [{ kind: 'same', text: '', folded: part.text.length - start.length - end.length }]
    if (start) out.unshift({ kind: 'same', text: start })
    if (end) out.push({ kind: 'same', text: end })
    return out
  })
}

function middle(parts: Part[], a: string[], b: string[]): void {
  if (a.length * b.length > MOST) {
    push(parts, 'gone', a.join(''))
    push(parts, 'came', b.join(''))
    return
  }
  const width = b.length + 1
  const longest = new Uint32Array((a.length + 1) * width) // of the common sequence from there on
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(parts, 'same', a[i] ?? '')
      i += 1
      j += 1
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      push(parts, 'gone', a[i] ?? '')
      i += 1
    } else {
      push(parts, 'came', b[j] ?? '')
      j += 1
    }
  }
}

/** Beside its like; what goes stands before what comes. */
function push(parts: Part[], kind: Part['kind'], text: string): void {
  if (text === '') return
  const last = parts.at(-1)
  if (last?.kind === kind) last.text += text
  else if (kind === 'gone' && last?.kind === 'came') {
    const before = parts.at(-2)
    if (before?.kind === 'gone') before.text += text
    else parts.splice(-1, 0, { kind, text })
  } else parts.push({ kind, text })
}
