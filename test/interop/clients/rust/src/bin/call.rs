use std::{env, error::Error};

use google_cloud_auth::credentials::idtoken;

/// GETs url with a token for audience: the service's own URL, wherever it is called.
async fn get(url: &str, audience: &str) -> Result<String, Box<dyn Error>> {
    // Otherwise an impersonated account is a number, and receivers list emails.
    let credentials = idtoken::Builder::new(audience)
        .with_include_email()
        .build()?;
    let token = credentials.id_token().await?;
    let response = reqwest::Client::new()
        .get(url)
        .bearer_auth(token)
        .send()
        .await?;
    Ok(response.error_for_status()?.text().await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [url, audience] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .expect("url, audience");
    println!("{}", get(&url, &audience).await?);
    Ok(())
}
