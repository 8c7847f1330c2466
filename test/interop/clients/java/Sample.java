public class Sample {
  public static void main(String[] arguments) throws java.io.IOException {
    System.out.println(Authentication.makeGetRequest(arguments[0]).parseAsString());
  }
}
