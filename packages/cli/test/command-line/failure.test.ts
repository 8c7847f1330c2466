import { IdTokenError } from '@countersign/caller'
import { expect, test } from 'vitest'
import { asFailure } from '../../src/command-line/failure.ts'

test('credentials that are missing within a command are no reason to run another', () => {
  const hint = 'On a laptop run gcloud auth application-default login, or countersign dev.'
  const error = new IdTokenError('no_credentials', 'No credentials were found here', { hint })
  expect(asFailure(error)).toMatchObject({
    exitCode: 3,
    message: 'No credentials were found here',
    hint: 'Run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS.',
  })
})

test('every other error of a token keeps its hint', () => {
  const error = new IdTokenError('identity_unavailable', 'The server answered 503', {
    hint: 'Wait.',
  })
  expect(asFailure(error)).toMatchObject({ exitCode: 3, hint: 'Wait.' })
})
