// Scripts that a browser fetches, gzip KiB, against their limits: shell 120, any route 40, the mail editor 135, the line of the softphone 55.
// Styles and the texts of one language are printed beside them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const OUT = new URL('../../static/', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(OUT, '.vite/manifest.json'), 'utf8'))
const KIB = 1024

const sizes = new Map()
function sizeOf(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(OUT, file)), { level: 9 }).length)
  return sizes.get(file)
}

/** The files of a chunk and of everything it imports at once. */
function filesOf(key, found = new Set()) {
  const chunk = manifest[key]
  if (!chunk || found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const style of chunk.css ?? []) found.add(style)
  for (const other of chunk.imports ?? []) filesOf(other, found)
  return found
}

const total = (files) => [...files].reduce((sum, file) => sum + sizeOf(file), 0) / KIB
const shellFiles = new Set([...filesOf('index.html'), ...filesOf('src/app/AppShell.vue')])
const scripts = (files) => [...files].filter((file) => file.endsWith('.js'))
const LIMITS = [
  [/RichField\.vue$/, 135],
  [/twilio_line\.ts$/, 55],
  [/Page\.vue$|MailFrame\.vue$|DayChart\.vue$/, 40],
]
const lines = [['shell', total(scripts(shellFiles)), 120]]
for (const [key, chunk] of Object.entries(manifest)) {
  const limit = LIMITS.find(([pattern]) => pattern.test(key))?.[1]
  if (!chunk.isDynamicEntry || limit === undefined) continue
  const own = [...filesOf(key)].filter((file) => !shellFiles.has(file))
  lines.push([key.replace(/^src\//, ''), total(scripts(own)), limit])
}

let failed = false
for (const [name, size, limit] of lines) {
  const over = size > limit
  failed ||= over
  console.log(`${over ? 'OVER' : 'ok  '}  ${size.toFixed(1).padStart(6)} / ${limit} KiB  ${name}`)
}
const texts = (part) => total(filesOf(`src/i18n/${part}zh-CN.json`))
const styles = [...shellFiles].filter((file) => file.endsWith('.css'))
console.log(`      ${total(styles).toFixed(1)} KiB styles, ${texts('').toFixed(1)} KiB texts of one language, set-up ${texts('setup/').toFixed(1)}, what-if ${texts('whatif/').toFixed(1)}`)
process.exit(failed ? 1 : 0)
