import { callerOf } from '@countersign/express'
import express from 'express'
import { buildSchema, graphql } from 'graphql'
import { ClientError, GraphQLClient } from 'graphql-request'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const schema = buildSchema(`
  type Profile { id: ID! asked: String! audience: String! }
  type Query { profile(id: ID!): Profile, echo(name: String!): String }
`)

interface GraphQLCall {
  query: string
  variables: Record<string, unknown>
}

const world = await startWorld((app) => {
  app.post('/graphql', express.json(), async (req, res) => {
    const { email: asked, audience } = callerOf(req)
    const rootValue = {
      profile: ({ id }: { id: string }) => ({ id, asked, audience }),
      echo: ({ name }: { name: string }) => name,
    }
    const { query: source, variables: variableValues } = req.body as GraphQLCall
    res.json(await graphql({ schema, source, rootValue, variableValues }))
  })
})
const { profileOf, profiles } = await import('./recipes/graphql-request.ts')
const { serviceFetch } = await import('./recipes/service-fetch.ts')

clientContract(
  {
    name: 'graphql-request',
    readProfile: async () => (await profileOf('7')).profile,
    async echo(variables) {
      const query = 'query ($name: String!) { name: echo(name: $name) }'
      return profiles.request(query, variables)
    },
    // It calls by POST, unless told.
    call: (url, options) => {
      const client = new GraphQLClient(url, {
        fetch: serviceFetch,
        method: options?.method ?? 'GET',
      })
      const { signal } = options ?? {}
      return client.request({ document: '{ __typename }', ...(signal && { signal }) })
    },
    redirects: 'refused',
    refusals: 'thrown',
  },
  world,
)

test('an error of the query is a ClientError', async () => {
  const error = await outcome(profiles.request('{ nothing }'))
  expect(error).toBeInstanceOf(ClientError)
  expect(error).toMatchObject({
    response: { errors: [{ message: expect.stringContaining('nothing') }] },
  })
})
