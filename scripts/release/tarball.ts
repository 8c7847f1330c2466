import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const block = 512

/** The files of a package's tarball, by their paths in the package. */
export function filesOf(tarball: string): Map<string, Buffer> {
  const bytes = gunzipSync(readFileSync(tarball))
  const files = new Map<string, Buffer>()
  for (let at = 0; bytes[at] !== undefined && bytes[at] !== 0; ) {
    const size = Number.parseInt(textAt(bytes, at + 124, 12), 8)
    const path = [textAt(bytes, at + 345, 155), textAt(bytes, at, 100)].filter(Boolean).join('/')
    const content = bytes.subarray(at + block, at + block + size)
    files.set(path.replace(/^package\//, ''), content)
    at += block + Math.ceil(size / block) * block
  }
  return files
}

/** A field of a header: it ends with a zero byte, if it is shorter than its place. */
function textAt(bytes: Buffer, start: number, length: number): string {
  return bytes.toString('utf8', start, start + length).replace(/\0.*$/s, '')
}
