// Every built file beside itself compressed, as the web server hands it to browsers: nobody compresses at each request.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const assets = new URL('../dist/assets/', import.meta.url)
for (const name of readdirSync(assets)) {
  const file = new URL(name, assets)
  if (!/\.(js|mjs|css|svg|json)$/.test(name) || statSync(file).size < 1000) continue
  // No name and no time inside: the same file is the same bytes.
  writeFileSync(new URL(`${name}.gz`, assets), gzipSync(readFileSync(file), { level: 9 }))
}
