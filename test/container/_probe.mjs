// Sends requests, and says what came of each: from inside another machine's network.
const requests = JSON.parse(process.argv[2])
const answers = await Promise.all(
  requests.map(async ({ url, ...init }) => {
    try {
      const answer = await fetch(url, { ...init, redirect: 'manual' })
      return { url, status: answer.status, body: await answer.text() }
    } catch (error) {
      return { url, status: 0, body: String(error.cause ?? error) }
    }
  }),
)
console.log(JSON.stringify(answers))
