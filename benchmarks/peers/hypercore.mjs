// node hypercore.mjs ENTRIES FOLDER: append to a Hypercore one by one, and audit all of it. Seconds as JSON.
import { readFileSync } from 'node:fs'
import Hypercore from 'hypercore'

const [file, folder] = process.argv.slice(2)
const data = readFileSync(file)
const entries = []
for (let at = 0; at < data.length; at += 4 + data.readUInt32BE(at)) {
  entries.push(data.subarray(at + 4, at + 4 + data.readUInt32BE(at)))
}

async function timed (work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

const core = new Hypercore(folder)
await core.ready()
const few = entries.slice(0, 500)
const append = await timed(async () => { for (const entry of few) await core.append(entry) })
await core.append(entries.slice(few.length))
const audit = await timed(async () => {
  const found = await core.core.audit()
  if (found === null || found.corrupt || found.droppedTreeNodes || found.droppedBlocks) throw new Error(JSON.stringify(found))
})
await core.close()
console.log(JSON.stringify({ append: append / few.length, audit: audit / entries.length }))
