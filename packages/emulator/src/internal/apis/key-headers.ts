/**
 * How long clients may keep the keys. Google says about six hours; an hour, since an emulator that
 * was started anew has other ones.
 */
export const keyCacheControl: string = 'public, max-age=3600, must-revalidate, no-transform'
