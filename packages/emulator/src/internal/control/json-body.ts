import { isTypeError } from '@countersign/shared/errors'
import { jsonObject } from '../../http/body.ts'
import { type Call, json, type Reply } from '../../http/route.ts'

/**
 * Answers a request by its JSON body; what is wrong with it is said in a 400.
 *
 * @param call the request
 * @param answer throws a TypeError for what is wrong
 */
export async function byJsonBody<T>(
  call: Call,
  answer: (body: T) => Promise<Reply>,
): Promise<Reply> {
  const body = jsonObject(await call.body())
  if (body === undefined) return json(400, { error: 'Send a JSON object.' })
  try {
    return await answer(body as T)
  } catch (error) {
    if (isTypeError(error)) return json(400, { error: error.message })
    throw error
  }
}
