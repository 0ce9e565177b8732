// The sandbox attacked from inside, by a shell and by Perl, which can make any system call; and the limits attacked
// that the kernel does not keep.
#include "offprint/runs/sandbox.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "offprint/base/file.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/inputs.hpp"
#include "offprint/runs/usage.hpp"

namespace offprint::runs {
namespace {

namespace fs = std::filesystem;

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    static int serial = 0;
    folder =
        fs::temp_directory_path() / ("offprint-sandbox-" + std::to_string(getpid()) + "-" + std::to_string(serial++));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  /// Runs the script inside and gives the run; what it wrote to `said` in its folder is its answer.
  RunRecord inside(const std::string& script, const Limits& limits = quick(), std::vector<Binding> bindings = {}) {
    const auto id = Store(folder).add({"a", "b", {}, {}}, "queued", Json::object(), "");
    dispatch(folder, limits, [&](Store&, const RunRecord&) {
      return Job{{"/bin/sh", "-c", script}, bindings, {std::string(own_folder) + "/inputs"}, false};
    });
    Store store(folder);
    const auto answer = store.folder_of(id) / "said";
    said = fs::exists(answer) ? read_file(answer) : "";
    return *store.find(id);
  }
  static Limits quick() {
    Limits limits;
    limits.idle_seconds = 0.1;
    return limits;
  }
  fs::path folder;
  std::string said;
};

TEST_F(SandboxTest, EveryProbeHolds) {
  EXPECT_EQ(sandbox_failure(), "");
  EXPECT_EQ(sandbox_probes().size(), 14u);
  for (const auto& probe : sandbox_probes()) EXPECT_TRUE(probe.held) << probe.what;
}

TEST_F(SandboxTest, NoCapabilityIsLeftAndNoneCanBeHad) {
  inside(R"sh(grep -E '^(Cap(Eff|Prm|Inh|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\t' >said)sh");
  EXPECT_EQ(said,
            "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\nCapBnd:0000000000000000\n"
            "CapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n");
}

/// What led out before: remount the root writable, make namespaces, mount, trace, reach a device, load a module, use
/// the kernel's other doors.
TEST_F(SandboxTest, EverySystemCallThatLeadsOutIsRefused) {
  inside(R"sh(perl -e '
    my %calls = (remount => [165, "x", "/", "x", 32 | 4096, 0], mount => [165, "x", "/tmp", "tmpfs", 0, 0], umount => [166, "/proc", 2],
      pivot_root => [155, "/tmp", "/tmp"], chroot => [161, "/tmp"], unshare_user => [272, 0x10000000], unshare_mount => [272, 0x20000],
      clone_user => [56, 0x10000000 | 17, 0, 0, 0, 0], clone3 => [435, 0, 0], setns => [308, 0, 0], ptrace => [101, 0, 0, 0, 0],
      open_by_handle => [304, 0, 0, 0], bpf => [321, 0, 0, 0], io_uring => [425, 1, 0], userfaultfd => [323, 0], keyctl => [250, 0, 0, 0, 0, 0],
      perf => [298, 0, 0, 0, 0, 0], memfd => [319, "x", 0], nameless => [257, -100, "/here", 020200002, 0600], typing => [16, 0, 0x5412, "x"], mknod => [133, "/here/n", 0060000 | 0600, 0x800], socket_unix => [41, 1, 1, 0],
      socket_inet => [41, 2, 1, 0], socket_netlink => [41, 16, 3, 0], syslog => [103, 3, 0, 0], reboot => [169, 0, 0, 0, 0],
      process_vm_readv => [310, 1, 0, 0, 0, 0, 0], module => [313, 0, "", 0], move_mount => [429, 0, "", 0, "", 0], openat2 => [437, 0, "x", 0, 0]);
    open(my $out, ">", "said");
    for my $name (sort keys %calls) { my @all = @{$calls{$name}}; my $got = syscall(shift @all, @all); if ($got == 0 && $name =~ /clone_/) { exit 0 } print $out "$name\n" if $got >= 0; }
    print $out "end\n";')sh");
  EXPECT_EQ(said, "end\n");
}

TEST_F(SandboxTest, NothingOfTheMachineIsSeenOrWritten) {
  const auto secret = folder / "runs" / "99" / "secret";
  fs::create_directories(secret.parent_path());
  write_file(secret, "of another run");
  inside(
      "for place in '" + folder.string() +
      "' /root /home/* /run /var /etc/shadow /etc/passwd /srv /mnt /boot; do [ -e \"$place\" ] && echo sees "
      "\"$place\"; done >said\n" +
      R"sh(for place in / /usr /etc /dev /proc /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger /sys /share /cache/x /home /bin /lib /here/inputs; do
              [ -w "$place" ] && echo writes "$place"; done >>said
            echo x 2>/dev/null >/dev/x && echo wrote dev >>said
            ls -A "$HOME" >>said; env | cut -d= -f1 | sort | tr '\n' ' ' >>said; echo >>said
            for process in /proc/[0-9]*; do [ "$(cat $process/comm 2>/dev/null)" = runs_test ] && echo sees the dispatcher >>said; done
            cat /proc/net/dev | grep -c : >>said; kill -9 -1 2>/dev/null; echo end >>said)sh");
  EXPECT_EQ(said, "HOME LANG OFFPRINT_CACHE OFFPRINT_DATA OFFPRINT_RUN OFFPRINT_SHARE PATH PWD TMPDIR \n1\nend\n");
}

TEST_F(SandboxTest, TheChoiceOfBlasKernelsIsPassedOnAndNothingOfTheUsersIs) {
  for (const char* name : {"OPENBLAS_CORETYPE", "OFFPRINT_BLAS_TRAIL", "SECRET"}) ::setenv(name, "Haswell", 1);
  const auto words = sandboxed(folder, {{"true"}, {}, {}, false}, 3);
  for (const char* name : {"OPENBLAS_CORETYPE", "OFFPRINT_BLAS_TRAIL", "SECRET"}) ::unsetenv(name);
  const auto passes = [&](const char* name) { return std::count(words.begin(), words.end(), name); };
  EXPECT_EQ(passes("OPENBLAS_CORETYPE"), 1);
  EXPECT_EQ(passes("OFFPRINT_BLAS_TRAIL"), 1);
  EXPECT_EQ(passes("SECRET"), 0);
}

TEST_F(SandboxTest, MemoryThatLooksLikeAFolderIsLimited) {
  inside(
      R"sh(for place in /tmp /dev/shm /home /dev /; do dd if=/dev/zero of=$place/x bs=1M count=300 2>/dev/null && echo filled $place >>said; done; echo end >>said)sh");
  EXPECT_EQ(said, "end\n");
}

/// 500 MB passed a limit of 100 before: two looks were half a second apart, and deleted files counted for nothing.
TEST_F(SandboxTest, ItsFilesAreLimitedHoweverTheyAreWritten) {
  auto limits = quick();
  limits.folder_bytes = std::uint64_t{20} << 20;
  for (const std::string script :
       {"head -c 100000000 /dev/zero >one; sleep 5",                          // one file
        "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero >f$i; done",  // many
        "exec 7>a; rm a; i=0; while :; do head -c 6000000 /dev/zero >&7; exec 8>b; rm b; head -c 6000000 /dev/zero "
        ">&8; sleep 0.3; done",
        "mkdir -p .x/y; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); : >.x/y/$i; done; sleep 5",  // a block each
        "perl -e 'mkdir \"d$_\" for 1 .. 1000000; sleep 5'"}) {
    const auto run = inside(script, limits);
    EXPECT_EQ(run.state, "failed") << script;
    EXPECT_LT(disk_bytes_in({Store(folder).folder_of(run.id)}), limits.folder_bytes + (4 << 20)) << script;
  }
}

TEST_F(SandboxTest, ComplaintsCountLikeWhatIsSaid) {
  auto limits = quick();
  limits.event_bytes = 1 << 16;
  EXPECT_NE(inside("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2; done", limits).error.find("said more"),
            std::string::npos);
}

TEST_F(SandboxTest, ThreadsCountLikeProcesses) {
  auto limits = quick();
  limits.tasks = 20;
  const auto run = inside(R"sh(perl -e 'for (1 .. 200) { if (fork() == 0) { sleep 60; exit } } sleep 60')sh", limits);
  EXPECT_NE(run.error.find("more than 20 processes and threads"), std::string::npos) << run.error;
  EXPECT_EQ(usage_of(getpid(), folder).tasks, 1u) << "nothing is left of it";
}

TEST_F(SandboxTest, MemoryIsLimitedOverAllProcesses) {
  auto limits = quick();
  limits.memory_bytes = std::uint64_t{300} << 20;
  const auto run = inside(R"sh(for i in 1 2 3 4; do perl -e '$x = "x" x 120000000; sleep 20' & done; wait)sh", limits);
  EXPECT_NE(run.error.find("held more than 300 MiB"), std::string::npos) << run.error;
}

TEST_F(SandboxTest, WhatItHandsOutIsAFileOfItsOwn) {
  write_file(folder / "outside", "secret");
  const auto event = [](const std::string& path) {
    return "echo '{\"kind\":\"file\",\"payload\":{\"path\":\"" + path + "\",\"name\":\"n\",\"description\":\"d\"}}'; ";
  };
  const auto run = inside("ln -s " + (folder / "outside").string() +
                          " link; ln -s .. up; mkfifo fifo; mkdir folder; echo fine >real; ln -s real alias; " +
                          event("link") + event("up/offprint.db") + event("fifo") + event("folder") + event("alias") +
                          event("/etc/passwd") + event("../../offprint.db") + event("/here/real") + event("real"));
  const auto files = Store(folder).artifacts(run.id);
  ASSERT_EQ(files.size(), 2u);
  for (const auto& file : files) EXPECT_EQ(file.sha256, sha256("fine\n"));
}

TEST_F(SandboxTest, EventsOfNoKnownShapeAreDropped) {
  const auto run = inside(
      R"sh(echo '{"kind":"table","payload":{}}'; echo '{"kind":"figure","payload":{"id":1}}'; echo '{"kind":"metric","payload":{"name":"m"}}'
    echo '{"kind":"progress","payload":{"done":"x"}}'; echo '{"kind":"claim","payload":{}}'; echo '{"kind":"end","payload":{}}'; echo '[]'; echo 7
    echo '{"kind":"note","payload":{"text":"fine"}}')sh");
  EXPECT_EQ(Store(folder).events_after(run.id, 0).size(), 1u);
}

TEST_F(SandboxTest, AResultOfAbsurdSizeIsLeftOutWithAWord) {
  const auto run = inside(
      R"sh(perl -e 'print q({"kind":"note","payload":{"text":") . "x" x 17000000 . qq("}}\n)'; echo '{"kind":"note","payload":{"text":"fine"}}')sh");
  const auto events = Store(folder).events_after(run.id, 0);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, "warning");
  EXPECT_NE(events[0].payload.find("is left out"), std::string::npos);
}

TEST_F(SandboxTest, InputsAreReadOnlyAndTheirFolderToo) {
  write_file(folder / "mine.csv", "a,b\n");
  inside(
      "cat inputs/u/mine.csv >said; echo x >inputs/u/mine.csv 2>/dev/null && echo wrote >>said; touch inputs/u/new "
      "2>/dev/null && echo wrote >>said; rm -f inputs/u/mine.csv; cat inputs/u/mine.csv >>said",
      quick(), {{folder / "mine.csv", std::string(own_folder) + "/inputs/u/mine.csv"}});
  EXPECT_EQ(said, "a,b\na,b\n");
  EXPECT_EQ(read_file(folder / "mine.csv"), "a,b\n");
}

TEST(Identities, AreTheOnlyNamesThatAreNoPaths) {
  const std::string hash(64, 'a');
  for (const auto& good : {std::string("data:fair"), "upload:" + hash + "/x.csv", std::string("run:3/1")})
    EXPECT_TRUE(is_identity(good)) << good;
  for (const auto& bad :
       {std::string("data:x,/dev/zero"), std::string("data:../x"), std::string("data:"), "upload:" + hash + "/../x",
        "upload:" + hash + "/a/b", "upload:" + hash + "/", "upload:" + hash.substr(1) + "/x",
        "upload:../" + hash + "/x", "upload:" + hash + "/.x", std::string("run:-1/1"), std::string("run:1/../1"),
        std::string("run:1"), std::string("/etc/passwd"), std::string("x.csv"), std::string("")})
    EXPECT_FALSE(is_identity(bad)) << bad;
  EXPECT_EQ(without_input_folders("inputs/upload-0123456789ab/my.csv line 4: x"), "my.csv line 4: x");
  EXPECT_EQ(without_input_folders("inputs/run-3/model.json: x"), "run-3/model.json: x");
}

}  // namespace
}  // namespace offprint::runs
