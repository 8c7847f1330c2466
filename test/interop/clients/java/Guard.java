import java.util.HashMap;
import java.util.Map;
import java.util.Scanner;

/** Says of each line of standard input, an environment, what the guard makes of it. */
public class Guard {
  public static void main(String[] arguments) {
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      Map<String, String> env = new HashMap<>();
      for (String pair : lines.nextLine().split("\t")) {
        String[] parts = pair.split("=", 2);
        if (parts.length == 2) env.put(parts[0], parts[1]);
      }
      try {
        String url = Emulator.url(env);
        System.out.println(url == null ? "none" : url);
      } catch (IllegalStateException refusal) {
        System.out.println("refused: " + refusal.getMessage());
      }
    }
  }
}
