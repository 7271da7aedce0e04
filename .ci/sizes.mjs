// Weighs the built page: gzipped JavaScript that the first page needs, and that any one route needs with it.
// Reads Vite's manifest (build.manifest) in the folder given; leaves with 1 when a budget is broken.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const kB = 1000
const budget = { entry: 110 * kB, route: 180 * kB }

const root = process.argv[2]
const manifest = JSON.parse(readFileSync(join(root, '.vite/manifest.json'), 'utf8'))
const weights = new Map()

function weight(file) {
  if (!file.endsWith('.js')) return 0
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(join(root, file)), { level: 9 }).length)
  return weights.get(file)
}

// needed adds a chunk and all that it imports at once.
function needed(key, into = new Set()) {
  if (into.has(key)) return into
  into.add(key)
  for (const next of manifest[key].imports ?? []) needed(next, into)
  return into
}

const total = (keys) => [...keys].reduce((sum, key) => sum + weight(manifest[key].file), 0)

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
if (!entry) throw new Error('the manifest names no entry')
const rows = [{ name: entry, size: total(needed(entry)), limit: budget.entry }]
for (const key of Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry)) {
  rows.push({ name: key, size: total(needed(key, needed(entry))), limit: budget.route })
}

let over = 0
for (const { name, size, limit } of rows.sort((a, b) => b.size - a.size)) {
  const broken = size > limit
  if (broken) over++
  console.log(`${(size / kB).toFixed(1).padStart(7)} of ${limit / kB} kB  ${name}${broken ? '  OVER' : ''}`)
}
if (over > 0) {
  console.log(`${over} over budget`)
  process.exit(1)
}
