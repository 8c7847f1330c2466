/** The older majors have the newer ones' types here: the contract uses what both have. */
declare module 'express4' {
  export { default } from 'express'
}
declare module 'koa2' {
  export { default } from 'koa'
}
