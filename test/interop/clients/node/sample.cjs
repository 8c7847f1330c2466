// Google's sample: https://cloud.google.com/run/docs/authenticating/service-to-service
/**
 * TODO(developer): Uncomment these variables before running the sample.
 */
// Example:
const url = 'https://TARGET_HOSTNAME/TARGET_URL';

// Example (Cloud Run):
// Example (Cloud Functions):
const targetAudience = 'https://TARGET_HOSTNAME/';
const {GoogleAuth} = require('google-auth-library');
const auth = new GoogleAuth();

async function request() {
  console.info(`request ${url} with target audience ${targetAudience}`);
  const client = await auth.getIdTokenClient(targetAudience);
  const res = await client.request({url});
  console.info(res.data);
}

request().catch(err => {
  console.error(err.message);
  process.exitCode = 1;
});
