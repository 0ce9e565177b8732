#include "offprint/runs/sandbox.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

void add(Words& words, std::initializer_list<std::string> more) { words.insert(words.end(), more); }

/// The system as far as programs need it: no home, no /run with its sockets, no /var, and of /etc only what the loader
/// and the clock read.
void add_system(Words& words) {
  add(words, {"--ro-bind", "/usr", "/usr"});
  for (const char* folder : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    std::error_code error;
    if (fs::is_symlink(folder, error))
      add(words, {"--symlink", fs::read_symlink(folder).string(), folder});
    else
      add(words, {"--ro-bind-try", folder, folder});
  }
  for (const char* one : {"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
                          "/etc/localtime", "/sys/devices/system/cpu", "/sys/devices/system/node"})
    add(words, {"--ro-bind-try", one, one});
}

/// Memory that looks like a folder, of a limited size.
void add_memory(Words& words, const char* folder, std::uint64_t mebibytes) {
  add(words, {"--size", std::to_string(mebibytes << 20), "--tmpfs", folder});
}

void add_devices(Words& words, bool graphics) {
  add(words, {"--dev", "/dev"});
  add_memory(words, "/dev/shm", 256);
  std::error_code error;
  if (graphics)
    for (const auto& entry : fs::directory_iterator("/dev", error))
      if (entry.path().filename().string().starts_with("nvidia"))
        add(words, {"--dev-bind", entry.path().string(), entry.path().string()});
  add(words, {"--remount-ro", "/dev"});
}

/// Its own processes only. The rest of /proc belongs to the whole machine: read-only, and hidden where it tells of more
/// than the processor and memory.
void add_processes(Words& words) {
  add(words, {"--proc", "/proc"});
  std::error_code error;
  for (const char* file : {"/proc/kcore", "/proc/kallsyms", "/proc/kmsg", "/proc/keys", "/proc/key-users",
                           "/proc/sysrq-trigger", "/proc/timer_list", "/proc/sched_debug", "/proc/config.gz"})
    if (fs::exists(file, error)) add(words, {"--ro-bind", "/dev/null", file});
  for (const char* folder : {"/proc/acpi", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/scsi"})
    if (fs::exists(folder, error)) add(words, {"--tmpfs", folder, "--remount-ro", folder});
  add(words, {"--remount-ro", "/proc"});
}

/// The program with its descriptions, and what earlier runs prepared. Each prepared file is shown by itself in memory
/// of the run's own: a run that prepares more keeps it to itself.
void add_own(Words& words) {
  const auto program = fs::read_symlink("/proc/self/exe");
  for (const auto& one : {program, torch_program()}) add(words, {"--ro-bind-try", one.string(), one.string()});
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(share_folder(), error))
    if (entry.path().filename() != "assets")
      add(words, {"--ro-bind", entry.path().string(), "/share/" + entry.path().filename().string()});
  add_memory(words, "/cache", 1024);
  for (const auto& folder : fs::directory_iterator(user_cache_folder(), error))
    for (const auto& entry : fs::directory_iterator(folder.path(), error))
      add(words, {"--ro-bind", entry.path().string(),
                  "/cache/" + folder.path().filename().string() + "/" + entry.path().filename().string()});
}

void add_environment(Words& words, const fs::path& folder) {
  add(words, {"--clearenv",    "--setenv", "PATH",           "/usr/bin:/bin", "--setenv",
              "HOME",          "/home",    "--setenv",       "TMPDIR",        "/tmp",
              "--setenv",      "LANG",     "C.UTF-8",        "--setenv",      "OFFPRINT_SHARE",
              "/share",        "--setenv", "OFFPRINT_CACHE", "/cache",        "--setenv",
              "OFFPRINT_DATA", "/home",    "--setenv",       "OFFPRINT_RUN",  folder.filename().string()});
  // How the libraries of linear algebra compute, and on how many threads, is the operator's choice.
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view line(*entry);
    const auto equals = line.find('=');
    for (const std::string_view start : {"OPENBLAS_", "OMP_", "MKL_", "CUDA_VISIBLE_", "OFFPRINT_BLAS_", "TZ="})
      if (line.starts_with(start))
        add(words, {"--setenv", std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
  }
}

}  // namespace

std::vector<std::string> sandboxed(const fs::path& folder, const Job& job, int filter) {
  // --unshare-user, not -try: without a namespace of users root would keep its capabilities, and with them all of the
  // machine.
  Words words{"bwrap",
              "--unshare-user",
              "--unshare-ipc",
              "--unshare-pid",
              "--unshare-net",
              "--unshare-uts",
              "--unshare-cgroup-try",
              "--uid",
              "65534",
              "--gid",
              "65534",
              "--hostname",
              "run",
              "--cap-drop",
              "ALL",
              "--die-with-parent",
              "--new-session",
              "--seccomp",
              std::to_string(filter)};
  add_environment(words, folder);
  add_system(words);
  add_devices(words, job.devices);
  add_processes(words);
  add_own(words);
  add_memory(words, "/tmp", 256);
  add(words, {"--tmpfs", "/home", "--remount-ro", "/home"});
  if (!folder.empty()) add(words, {"--bind", folder.string(), own_folder});
  for (const auto& place : job.beside) add(words, {"--tmpfs", place});
  for (const auto& binding : job.bindings)
    add(words, {binding.writable ? "--bind" : "--ro-bind", binding.from.string(), binding.to});
  for (const auto& place : job.beside) add(words, {"--remount-ro", place});
  // The root itself is memory, too: nothing may be left there, and no mark be set where nobody would find it.
  add(words, {"--remount-ro", "/", "--chdir", folder.empty() ? "/" : own_folder, "--"});
  words.insert(words.end(), job.words.begin(), job.words.end());
  return words;
}

int seccomp_filter() {
  // What is left after the namespaces: calls that reach kernel code of no use to a computation, that make namespaces
  // anew, that look into other processes, and sockets, whose files could lie in an input's folder. An answer instead of
  // a kill: libraries try some of them and go on without.
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  const auto refuse = [&](const char* call, std::uint16_t error = EPERM) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number >= 0) seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(error), number, 0);
  };
  for (const char* call : {"mount",
                           "umount2",
                           "pivot_root",
                           "chroot",
                           "move_mount",
                           "open_tree",
                           "fsopen",
                           "fsconfig",
                           "fsmount",
                           "fspick",
                           "mount_setattr",
                           "unshare",
                           "setns",
                           "ptrace",
                           "process_vm_readv",
                           "process_vm_writev",
                           "process_madvise",
                           "pidfd_getfd",
                           "kcmp",
                           "keyctl",
                           "add_key",
                           "request_key",
                           "bpf",
                           "perf_event_open",
                           "userfaultfd",
                           "io_uring_setup",
                           "io_uring_enter",
                           "io_uring_register",
                           "memfd_create",
                           "memfd_secret",
                           "name_to_handle_at",
                           "open_by_handle_at",
                           "fanotify_init",
                           "kexec_load",
                           "kexec_file_load",
                           "init_module",
                           "finit_module",
                           "delete_module",
                           "reboot",
                           "swapon",
                           "swapoff",
                           "quotactl",
                           "quotactl_fd",
                           "acct",
                           "settimeofday",
                           "clock_settime",
                           "clock_adjtime",
                           "adjtimex",
                           "iopl",
                           "ioperm",
                           "modify_ldt",
                           "vhangup",
                           "syslog",
                           "lookup_dcookie",
                           "nfsservctl",
                           "uselib",
                           "mknod",
                           "mknodat",
                           "landlock_create_ruleset",
                           "mbind",
                           "migrate_pages",
                           "move_pages",
                           "seccomp",
                           "socket",
                           "shmget",
                           "msgget",
                           "semget"})
    refuse(call);
  refuse("clone3", ENOSYS);  // its flags lie in memory, where no filter sees them: the C library falls back to clone
  const auto refuse_with = [&](const char* call, unsigned argument, std::uint64_t mask, std::uint64_t value,
                               std::uint16_t error) {
    const scmp_arg_cmp fits{argument, SCMP_CMP_MASKED_EQ, mask, value};
    seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(error), seccomp_syscall_resolve_name(call), 1, &fits);
  };
  for (const std::uint64_t flag :
       {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP})
    refuse_with("clone", 0, flag, flag, EPERM);
  for (const std::uint64_t request : {TIOCSTI, TIOCLINUX})  // typing for whoever owns the terminal
    refuse_with("ioctl", 1, 0xffffffffU, request, EPERM);
  // A file without a name would be counted by nobody.
  refuse_with("open", 1, O_TMPFILE, O_TMPFILE, EOPNOTSUPP);
  refuse_with("openat", 2, O_TMPFILE, O_TMPFILE, EOPNOTSUPP);
  refuse("openat2", ENOSYS);  // likewise
  const int file = memfd_create("seccomp", 0);
  if (file < 0 || seccomp_export_bpf(filter.get(), file) != 0 || lseek(file, 0, SEEK_SET) != 0) {
    if (file >= 0) close(file);
    throw IoError("the sandbox", "its filter of system calls cannot be made");
  }
  return file;
}

namespace {

/// Runs inside, by the shell and Perl of Debian's essential packages: one line an attempt, "held" or "not", and what
/// was attempted.
constexpr auto attempts = R"sh(
command -v perl grep ls >/dev/null || exit 1
say() { if [ "$1" = 0 ]; then echo "held $2"; else echo "not $2"; fi; }
is() { grep -q "^$1:[[:space:]]*$2\$" /proc/self/status; }
refused() { if perl -e "$1" 2>/dev/null; then say 1 "$2"; else say 0 "$2"; fi; }
is CapEff 0000000000000000 && is CapPrm 0000000000000000 && is CapBnd 0000000000000000; say $? "no capability"
is NoNewPrivs 1; say $? "no new privileges"
is Seccomp 2; say $? "a filter of system calls"
refused 'syscall(165, "x", "/", "x", 32 | 4096, 0) == 0 or exit 1' "remounting is refused"
refused 'syscall(272, 0x10000000) == 0 or exit 1' "a namespace of users inside is refused"
refused 'syscall(101, 0, 0, 0, 0) == 0 or exit 1' "tracing is refused"
refused 'syscall(41, 1, 1, 0) >= 0 or exit 1' "sockets are refused"
! ls /sys/class/net >/dev/null 2>&1 && [ "$(grep -c : /proc/net/dev)" -le 1 ]; say $? "no network"
[ -z "$(ls -A "$HOME")" ] && [ ! -e /root ]; say $? "an empty home"
[ ! -e /run ] && [ ! -e /var ]; say $? "no sockets of services"
[ ! -e "$1" ]; say $? "the data folder is hidden"
for place in / /usr /etc /dev /proc /proc/sys/kernel/core_pattern /share "$HOME"; do
  [ -w "$place" ] && break
done
[ ! -w "$place" ]; say $? "a read-only system"
[ "$(ls -d /proc/[0-9]* | wc -l)" -le 8 ]; say $? "no other process is seen"
)sh";

std::vector<Probe> probe() {
  std::vector<Probe> probes;
  int filter = -1, out[2] = {-1, -1};
  std::string said;
  try {
    filter = seccomp_filter();
    auto words = sandboxed(
        {}, {{"/bin/sh", "-c", attempts, "sh", fs::absolute(user_data_folder()).string()}, {}, {}, false}, filter);
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    if (pipe2(out, O_CLOEXEC) != 0) throw IoError("the sandbox", "no pipe");
    const pid_t child = fork();
    if (child == 0) {
      const int nothing = open("/dev/null", O_RDWR);
      dup2(nothing, 0);
      dup2(out[1], 1);
      dup2(nothing, 2);
      execvp(pointers[0], pointers.data());
      _exit(127);
    }
    close(out[1]);
    std::array<char, 4096> bytes;
    for (ssize_t count; child > 0 && (count = read(out[0], bytes.data(), bytes.size())) > 0;)
      said.append(bytes.data(), static_cast<std::size_t>(count));
    close(out[0]);
    int status = 0;
    if (child > 0) waitpid(child, &status, 0);
  } catch (const Error&) {
  }
  if (filter >= 0) close(filter);
  for (const auto& line : split(said, '\n'))
    if (const auto space = line.find(' '); space != std::string::npos)
      probes.push_back({line.substr(space + 1), line.starts_with("held ")});
  constexpr std::size_t expected = 13;
  probes.insert(probes.begin(), {"bubblewrap with user namespaces", probes.size() == expected});
  return probes;
}

}  // namespace

const std::vector<Probe>& sandbox_probes() {
  static const auto probes = probe();
  return probes;
}

bool sandbox_works() {
  return std::all_of(sandbox_probes().begin(), sandbox_probes().end(), [](const Probe& one) { return one.held; });
}

std::string sandbox_failure() {
  for (const auto& one : sandbox_probes())
    if (!one.held)
      return "this machine gives runs no sandbox (" + one.what +
             " failed); install bubblewrap and let the kernel give user namespaces: offprint doctor --security "
             "tells more";
  return "";
}

}  // namespace offprint::runs
