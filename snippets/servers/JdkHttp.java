// HTTP with the JDK's own server: java JdkHttp.java
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.*;

class JdkHttp {
    static final Phaser requests = new Phaser(1); // counts those that run
    static volatile boolean leaving = false;

    static int setting(String name, int unset) {
        return Integer.parseInt(System.getenv().getOrDefault(name, "" + unset));
    }

    static void stop(HttpServer server) {
        leaving = true;
        int delay = setting("ACCEPTS_AFTER_SIGTERM", 10); // 0 behind a preStop hook
        int rest = setting("APP_SHUTDOWN", 25) - delay - 1; // 1 s is for the exit
        try {
            Thread.sleep(1000L * delay);
            new Thread(() -> server.stop(rest)).start(); // closes the listener, then waits, even where nothing runs
            requests.awaitAdvanceInterruptibly(requests.arrive(), rest, TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException cut) { }
        Runtime.getRuntime().halt(0); // without it the JVM exits with 143
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(setting("PORT", 8080)), 0);
        server.createContext("/", exchange -> {
            requests.register();
            try (exchange) {
                exchange.getRequestBody().readAllBytes(); // your work
                if (leaving) exchange.getResponseHeaders().set("Connection", "close");
                exchange.sendResponseHeaders(204, -1);
            } finally { requests.arriveAndDeregister(); }
        });
        server.setExecutor(Executors.newCachedThreadPool());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
        server.start();
    }
}
