// Node's own modules that an `import` would make dear at start-up: it reads all that they export, and
// with it what hides behind getters, such as undici behind node:http (measured: 40 ms CPU, 13 MB).

/** `node:http`. */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http')

/** `node:fs`. */
export const fs: typeof import('node:fs') = process.getBuiltinModule('node:fs')
