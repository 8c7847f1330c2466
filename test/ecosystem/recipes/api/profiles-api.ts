/** What openapi-typescript makes of the API's description. */
export interface paths {
  '/profiles/{id}': {
    get: {
      parameters: { path: { id: string } }
      responses: {
        200: { content: { 'application/json': Profile } }
        default: { content: { 'application/problem+json': Problem } }
      }
    }
  }
  '/profiles': {
    post: {
      requestBody: { content: { 'application/json': { name: string } } }
      responses: { 200: { content: { 'application/json': { name: string } } } }
    }
  }
}

/** A profile, and who asked for it. */
export interface Profile {
  id: string
  asked: string
  audience: string
}

/** RFC 9457. */
export interface Problem {
  title: string
}
