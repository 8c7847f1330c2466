import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Emulator {
  static final List<String> PRODUCTION =
      List.of(
          "K_SERVICE", "K_REVISION", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL",
          "GAE_ENV", "GAE_INSTANCE", "KUBERNETES_SERVICE_HOST");
  static final Pattern URL =
      Pattern.compile("(https?://(\\[[0-9a-f:]+\\]|[a-z0-9._-]+)(?::[0-9]+)?)/?");
  static final Pattern LOOPBACK = Pattern.compile("127(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[::1\\]");

  /** The emulator's URL; null if COUNTERSIGN_EMULATOR is not set. Throws in production. Takes System.getenv(). */
  static String url(Map<String, String> env) {
    String emulator = env.getOrDefault("COUNTERSIGN_EMULATOR", "");
    if (emulator.isEmpty()) return null;
    Matcher url = URL.matcher(emulator.toLowerCase(java.util.Locale.ROOT));
    if (!url.matches()) {
      throw new IllegalStateException("COUNTERSIGN_EMULATOR is not a URL such as http://127.0.0.1:8790");
    }
    assertNotProduction(emulator, env);
    String host = url.group(2);
    String allowed = env.getOrDefault("COUNTERSIGN_EMULATOR_ALLOW_HOST", "");
    boolean isAllowed = Arrays.stream(allowed.split(",")).map(String::trim).anyMatch(host::equalsIgnoreCase);
    if (!LOOPBACK.matcher(host).matches() && !isAllowed) {
      throw new IllegalStateException(
          "COUNTERSIGN_EMULATOR is on " + host + ", not on 127.0.0.1 or [::1]: if that is the emulator's"
              + " container, set COUNTERSIGN_EMULATOR_ALLOW_HOST=" + host);
    }
    System.err.println("warning: the emulator at " + url.group(1) + " stands in for Google");
    return url.group(1);
  }

  /** Refuses the emulator in production, unless confirmed; on Cloud Run no confirmation counts. */
  static void assertNotProduction(String emulator, Map<String, String> env) {
    boolean isFirebase = "true".equals(env.get("FUNCTIONS_EMULATOR"));
    List<String> signs = new ArrayList<>(PRODUCTION);
    signs.removeIf(name -> !env.containsKey(name) || isFirebase && name.startsWith("K_"));
    String nodeEnv = env.getOrDefault("NODE_ENV", "").replaceAll("[\\s\"']", "");
    if (nodeEnv.equals("production")) signs.add("NODE_ENV=production");
    List<String> cloudRun = new ArrayList<>(env.keySet());
    cloudRun.removeIf(name -> !name.startsWith("CLOUD_RUN_"));
    if (signs.contains("K_SERVICE")) cloudRun.add(0, "K_SERVICE");
    String confirmed = env.getOrDefault("COUNTERSIGN_EMULATOR_CONFIRM", "");
    if (!confirmed.isEmpty() && !cloudRun.isEmpty() && !env.containsKey("KUBERNETES_SERVICE_HOST")) {
      throw new IllegalStateException(
          "COUNTERSIGN_EMULATOR_CONFIRM is set beside " + cloudRun.get(0)
              + ", on Cloud Run: remove it and COUNTERSIGN_EMULATOR");
    }
    if (!signs.isEmpty() && !confirmed.equals(emulator)) {
      throw new IllegalStateException(
          "COUNTERSIGN_EMULATOR is set beside " + signs.get(0) + ": in production remove it;"
              + " in CI, for example, set COUNTERSIGN_EMULATOR_CONFIRM=" + emulator);
    }
  }
}
