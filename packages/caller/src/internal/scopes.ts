/** The scope of every access token here: what IAM allows decides, not the scope. */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'
