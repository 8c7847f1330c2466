import com.google.api.client.json.webtoken.JsonWebToken;
import com.google.auth.oauth2.TokenVerifier;
import com.google.auth.oauth2.TokenVerifier.VerificationException;
import java.util.Scanner;
import java.util.Set;

public class Verify {
  static final Set<String> ALLOW = Set.of("login-run@acme.iam.gserviceaccount.com");

  /** Takes the emulator's keys in the place of Google's, if Emulator lets it count. */
  static TokenVerifier verifierFor(String audience) {
    TokenVerifier.Builder verifier =
        TokenVerifier.newBuilder().setAudience(audience).setIssuer("https://accounts.google.com");
    String emulator = Emulator.url(System.getenv());
    if (emulator != null) {
      verifier.setCertificatesLocation(emulator + "/oauth2/v3/certs");
    }
    return verifier.build();
  }

  /** The caller's email; throws for a token that is none of a listed caller. */
  static String callerOf(TokenVerifier verifier, String token) throws VerificationException {
    JsonWebToken.Payload claims = verifier.verify(token).getPayload();
    String email = String.valueOf(claims.get("email"));
    if (!Boolean.TRUE.equals(claims.get("email_verified")) || !ALLOW.contains(email)) {
      throw new VerificationException("caller not allowed");
    }
    return email;
  }

  public static void main(String[] arguments) {
    TokenVerifier verifier = verifierFor(arguments[0]);
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      try {
        System.out.println(callerOf(verifier, lines.nextLine()));
      } catch (VerificationException error) {
        System.out.println("refused: " + error.getMessage());
      }
    }
  }
}
