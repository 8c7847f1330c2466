# Google's sample: https://cloud.google.com/run/docs/authenticating/service-to-service
curl "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=[AUDIENCE]" \
     -H "Metadata-Flavor: Google"
