import type { Forgery, ForgeryTarget } from '../forgery.ts'
import { algorithmForgeries } from './algorithms.ts'
import { claimForgeries } from './claims.ts'
import { encodingForgeries } from './encoding.ts'
import { httpForgeries } from './http.ts'
import { keyForgeries } from './keys.ts'
import { signatureForgeries } from './signatures.ts'
import { callsWith, type Materials, openWorkshop } from './workshop.ts'

/** Makes every forged call for this target, family by family. */
export function forgeriesFor(target: ForgeryTarget, materials: Materials): Forgery[] {
  const workshop = openWorkshop(target, materials)
  return [
    ...callsWith('http', httpForgeries(workshop), workshop.target),
    ...callsWith('encoding', encodingForgeries(workshop), workshop.target),
    ...callsWith('algorithm', algorithmForgeries(workshop), workshop.target),
    ...callsWith('key', keyForgeries(workshop), workshop.target),
    ...callsWith('signature', signatureForgeries(workshop), workshop.target),
    ...callsWith('claims', claimForgeries(workshop), workshop.target),
  ]
}
