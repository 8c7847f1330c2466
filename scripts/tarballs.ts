/** Packs every package, as npm would get it, into `dist/tarballs`: `pnpm tarballs`. */
import { join } from 'node:path'
import { packAll, root } from '../test/matrix/tarballs.ts'

for (const path of (await packAll(join(root, 'dist/tarballs'))).values()) console.log(path)
