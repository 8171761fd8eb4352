// Sizes of what a browser fetches, gzip KiB, against console.md 8: shell 120, any route 40, editor 135.
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
const shellFiles = new Set([...filesOf('index.html'), ...filesOf('src/app/AppShell.vue'), ...filesOf('src/i18n/zh-CN.json')])
const lines = [['shell', total(shellFiles), 120]]
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || !/Page\.vue$|MailFrame\.vue$/.test(key)) continue
  const own = [...filesOf(key)].filter((file) => !shellFiles.has(file))
  lines.push([key.replace(/^src\//, ''), total(own), 40])
}

let failed = false
for (const [name, size, limit] of lines) {
  const over = size > limit
  failed ||= over
  console.log(`${over ? 'OVER' : 'ok  '}  ${size.toFixed(1).padStart(6)} / ${limit} KiB  ${name}`)
}
process.exit(failed ? 1 : 0)
