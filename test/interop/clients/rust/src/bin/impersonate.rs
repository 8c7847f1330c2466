use std::{env, error::Error};

use google_cloud_auth::credentials::mds;
use serde_json::{Value, json};

/// GETs url as the account with this email, with a token for audience: asked of IAM Credentials
/// with the metadata server's access token.
async fn get(
    [url, audience, email, iam_credentials]: &[String; 4],
) -> Result<String, Box<dyn Error>> {
    let http = reqwest::Client::new();
    let credentials = mds::Builder::default().build_access_token_credentials()?;
    let become_email =
        format!("{iam_credentials}/v1/projects/-/serviceAccounts/{email}:generateIdToken");
    let response = http
        .post(become_email)
        .bearer_auth(credentials.access_token().await?.token)
        .json(&json!({ "audience": audience, "includeEmail": true }))
        .send()
        .await?;
    let answer: Value = response.error_for_status()?.json().await?;
    let token = answer["token"].as_str().ok_or("no token")?;
    let response = http.get(url).bearer_auth(token).send().await?;
    Ok(response.error_for_status()?.text().await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = env::args().skip(1).collect::<Vec<_>>();
    println!("{}", get(&args.try_into().expect("four arguments")).await?);
    Ok(())
}
