// Node's own modules that an `import` would make dear at start-up: it reads all that they export, and
// with it what hides behind getters, such as undici behind node:http (measured: 40 ms CPU, 13 MB).

/** `node:http`. */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http')

/** `node:fs`. */
export const fs: typeof import('node:fs') = process.getBuiltinModule('node:fs')

/** `node:async_hooks`. */
export const asyncHooks: typeof import('node:async_hooks') =
  process.getBuiltinModule('node:async_hooks')

/** `node:diagnostics_channel`. */
export const diagnosticsChannel: typeof import('node:diagnostics_channel') =
  process.getBuiltinModule('node:diagnostics_channel')
