// What a browser loads before a page is usable, compressed as it travels. A page over its budget fails the build.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = { console: 700, field: 120, public: 120 }
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist)))
const gz = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000

/** The entry, what it imports at once, its styles, and the workers it names; not what a page fetches when it is opened. */
function files(key, seen = new Set()) {
  const chunk = manifest[key]
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) seen.add(file)
  for (const other of chunk.imports ?? []) files(other, seen)
  return seen
}

let over = false
for (const [name, budget] of Object.entries(BUDGET_KB)) {
  const all = [...files(`${name}.html`)].filter((file) => /\.(js|mjs|css)$/.test(file))
  const total = all.reduce((sum, file) => sum + gz(file), 0)
  over ||= total > budget
  process.stdout.write(
    `${name.padEnd(8)} ${total.toFixed(0).padStart(4)} kB gz of ${budget}${total > budget ? '  TOO LARGE' : ''}\n`,
  )
  if (process.argv.includes('--files') || total > budget)
    for (const file of all) process.stdout.write(`           ${gz(file).toFixed(1).padStart(6)}  ${file}\n`)
}
process.exit(over ? 1 : 0)
