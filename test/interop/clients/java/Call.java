import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.IdTokenCredentials;
import com.google.auth.oauth2.IdTokenProvider;
import java.io.IOException;

public class Call {

  /** GETs url with a token for audience: the service's own URL, wherever it is called. */
  static String get(String url, String audience) throws IOException {
    GoogleCredentials credentials = GoogleCredentials.getApplicationDefault();
    IdTokenCredentials signed =
        IdTokenCredentials.newBuilder()
            .setIdTokenProvider((IdTokenProvider) credentials)
            .setTargetAudience(audience)
            .build();
    return new NetHttpTransport()
        .createRequestFactory(new HttpCredentialsAdapter(signed))
        .buildGetRequest(new GenericUrl(url))
        .execute()
        .parseAsString();
  }

  public static void main(String[] arguments) throws IOException {
    System.out.println(get(arguments[0], arguments[1]));
  }
}
