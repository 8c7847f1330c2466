/** A key endpoint that answers from memory, and counts how often it was asked. */
export interface KeyEndpoint {
  /** For those who take a `fetch`. */
  fetch(): Promise<Response>
  asked(): number
}

/** Makes one for one contender: each is counted by itself. */
export function keyEndpoint(body: unknown): KeyEndpoint {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'cache-control': 'max-age=21600' }
  let asked = 0
  return {
    async fetch() {
      asked += 1
      return new Response(text, { headers })
    },
    asked: () => asked,
  }
}
