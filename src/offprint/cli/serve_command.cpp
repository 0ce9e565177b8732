// `offprint serve`: the page.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "offprint/base/file.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/cli/parse.hpp"
#include "offprint/page/server.hpp"

namespace offprint {

int serve_command(const Arguments& arguments) {
  CLI::App app("Serve the page", "offprint serve");
  std::string listen = "127.0.0.1:8080", folder;
  page::Settings settings;
  bool trust_network = false;
  app.add_option("--listen", listen, "ADDRESS:PORT (default 127.0.0.1:8080)");
  app.add_option("--data", folder, "The data folder (default: the user's)");
  app.add_option("--host", settings.host, "A further host name under which the page may be asked for");
  app.add_flag("--trust-network", trust_network,
               "Serve on an address that others can reach: everybody there can start runs");
  app.add_flag("--read-only", settings.read_only, "Nothing can be started");
  if (const auto status = parse(app, arguments)) return *status;
  const auto where = page::parse_listen(listen);
  if (!page::is_loopback(where.address) && !trust_network)
    throw UsageError("--listen: " + where.address + " can be reached by others; add --trust-network if you mean it");
  if (settings.host.empty() && !page::is_loopback(where.address)) settings.host = where.address;
  settings.network = !page::is_loopback(where.address);
  std::signal(SIGPIPE, SIG_IGN);
  page::Site site(folder.empty() ? user_data_folder() : std::filesystem::path(folder), settings);
  page::serve(site, where, settings.upload_limit + (1 << 16), [](const std::string& address) {
    std::cout << "Offprint is at " << address << "  (Ctrl-C ends it)" << std::endl;
  });
  return 0;
}

}  // namespace offprint
