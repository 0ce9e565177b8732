// HDF5 and NPZ: round trips, the independent readers h5py and numpy where Python has them, and hostile files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/data/hdf5.hpp"
#include "offprint/data/npz.hpp"

namespace offprint::data {
namespace {

namespace fs = std::filesystem;

class Archives : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("offprint-archives-" + std::to_string(::getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  /// Runs a Python program with the folder as its argument; false where the modules are not installed.
  bool python(const std::string& modules, const std::string& program) const {
    if (std::system(("/usr/bin/python3 -c 'import " + modules + "' 2>/dev/null").c_str()) != 0) return false;
    write_file(folder / "check.py", "import sys\nimport " + modules + "\nfolder = sys.argv[1]\n" + program);
    EXPECT_EQ(std::system(("/usr/bin/python3 " + (folder / "check.py").string() + " " + folder.string()).c_str()), 0)
        << program;
    return true;
  }

  fs::path write_example() const {
    Random random(3);
    std::vector<float> observations(1000 * 3);
    for (auto& x : observations) x = static_cast<float>(random.normal());
    std::vector<std::uint8_t> ends(1000, 0);
    ends[10] = ends[999] = 1;
    Hdf5Writer writer;
    writer.add("observations", observations, {1000, 3});
    writer.add("infos/qpos", std::vector<double>{1, 2, 1e-300}, {3});
    writer.add_truths("terminals", ends, {1000});
    writer.add_text("metadata/algorithm", "TD3");
    writer.commit(folder / "a.hdf5");
    return folder / "a.hdf5";
  }

  fs::path folder;
};

template <class Body>
std::string refusal(const Body& body) {
  try {
    body();
  } catch (const BadInput& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  return "";
}

TEST_F(Archives, Hdf5ComesBackAsWritten) {
  const Hdf5Reader reader(write_example());
  Random random(3);
  for (const float x : reader.floats("observations")) ASSERT_EQ(x, static_cast<float>(random.normal()));
  EXPECT_EQ(reader.shape("observations"), (std::vector<std::size_t>{1000, 3}));
  EXPECT_EQ(reader.doubles("infos/qpos"), (std::vector<double>{1, 2, 1e-300}));
  const auto ends = reader.truths("terminals");
  EXPECT_EQ(std::count(ends.begin(), ends.end(), 1), 2);
  EXPECT_EQ(ends[10], 1);
  EXPECT_EQ(reader.text("metadata/algorithm"), "TD3");
  EXPECT_EQ(reader.names(),
            (std::vector<std::string>{"infos/qpos", "metadata/algorithm", "observations", "terminals"}));
  EXPECT_EQ(reader.groups(), (std::vector<std::string>{"infos", "metadata"}));
  EXPECT_TRUE(reader.contains("infos/qpos"));
  EXPECT_FALSE(reader.contains("infos/qvel"));
  EXPECT_FALSE(reader.contains("nowhere/qvel"));
}

TEST_F(Archives, H5pyReadsWhatWeWrite) {
  write_example();
  if (!python("h5py, numpy", R"(
f = h5py.File(folder + '/a.hdf5', 'r')
assert f['observations'].shape == (1000, 3) and f['observations'].dtype == numpy.float32
assert f['terminals'].dtype == numpy.bool_ and list(numpy.nonzero(f['terminals'][:])[0]) == [10, 999]
assert f['infos/qpos'][2] == 1e-300
assert f['metadata/algorithm'][()] == b'TD3'
)"))
    GTEST_SKIP() << "python3-h5py is not installed";
}

TEST_F(Archives, WeReadWhatH5pyWrites) {
  if (!python("h5py, numpy", R"(
f = h5py.File(folder + '/b.hdf5', 'w')
f['wide'] = numpy.arange(6, dtype='>f8').reshape(2, 3)
f.create_dataset('packed', data=numpy.arange(100000, dtype='f4'), chunks=True, compression='gzip', shuffle=True)
f['truths'] = numpy.array([True, False, True])
f['counts'] = numpy.array([[1], [0]], dtype='i8')
f['fixed'] = numpy.bytes_('abc')
f['free'] = 'variable'
f['words'] = numpy.array([b'a', b'b'])
f.create_dataset('nothing', shape=(10**12,), dtype='f4', chunks=(1024,))
f.create_dataset('empty', shape=(0, 3), dtype='f4')
f['loop'] = h5py.SoftLink('/loop')
f.close()
)"))
    GTEST_SKIP() << "python3-h5py is not installed";
  const Hdf5Reader reader(folder / "b.hdf5");
  EXPECT_EQ(reader.floats("wide"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(reader.floats("packed")[99999], 99999);
  EXPECT_EQ(reader.truths("truths"), (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_EQ(reader.truths("counts"), (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(reader.text("fixed"), "abc");
  EXPECT_EQ(reader.text("free"), "variable");
  EXPECT_TRUE(reader.floats("empty").empty());
  EXPECT_NE(refusal([&] { reader.floats("words"); }).find("holds no numbers"), std::string::npos);
  EXPECT_NE(refusal([&] { reader.truths("wide"); }).find("holds no truth values"), std::string::npos);
  EXPECT_NE(refusal([&] { reader.floats("nothing"); }).find("claims"), std::string::npos);
  EXPECT_NE(refusal([&] { reader.floats("absent"); }).find("has no data set 'absent'"), std::string::npos);
  EXPECT_FALSE(reader.contains("loop"));
}

TEST_F(Archives, DamagedHdf5IsRefused) {
  const auto bytes = read_file(write_example());
  EXPECT_NE(refusal([&] { Hdf5Reader(folder / "none.hdf5"); }).find("no such file"), std::string::npos);
  const auto broken = folder / "broken.hdf5";
  for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 97) {
    write_file(broken, bytes.substr(0, size));
    EXPECT_FALSE(refusal([&] { Hdf5Reader{broken}; }).empty()) << size;
  }
  write_file(broken, "observations,actions\n1,2\n");
  EXPECT_NE(refusal([&] { Hdf5Reader{broken}; }).find("is not an HDF5 file"), std::string::npos);
  // Damaged values: gzip's checksum or structure notices.
  auto damaged = bytes;
  const auto at = damaged.find("\x78\x5e", 2000);
  ASSERT_NE(at, std::string::npos);
  for (std::size_t i = at + 100; i < at + 400; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  write_file(broken, damaged);
  EXPECT_NE(refusal([&] { Hdf5Reader(broken).floats("observations"); }).find("cannot be read"), std::string::npos);
}

TEST_F(Archives, NpzComesBackAndNumpyReadsIt) {
  write_npz(folder / "a.npz", {{"observations", {{2, 3}, {1, 2, 3, 4, 5, 6.5}}}, {"scalar", {{}, {7}}}});
  const auto arrays = read_npz(folder / "a.npz");
  EXPECT_EQ(arrays.at("observations").shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(arrays.at("observations").values, (std::vector<double>{1, 2, 3, 4, 5, 6.5}));
  EXPECT_EQ(arrays.at("scalar").values, (std::vector<double>{7}));
  if (!python("numpy", R"(
a = numpy.load(folder + '/a.npz')
assert a['observations'].dtype == numpy.float32 and a['observations'][1, 2] == 6.5 and a['scalar'] == 7
numpy.savez(folder + '/stored.npz', x=numpy.arange(5), ends=numpy.array([True, False]))
numpy.savez_compressed(folder + '/packed.npz', x=numpy.arange(50000.0))
)"))
    GTEST_SKIP() << "python3-numpy is not installed";
  EXPECT_EQ(read_npz(folder / "stored.npz").at("x").values, (std::vector<double>{0, 1, 2, 3, 4}));
  EXPECT_EQ(read_npz(folder / "stored.npz").at("ends").values, (std::vector<double>{1, 0}));
  EXPECT_EQ(read_npz(folder / "packed.npz").at("x").values[49999], 49999);
}

TEST_F(Archives, HostileNpzIsRefused) {
  write_npz(folder / "a.npz", {{"x", {{1000}, std::vector<double>(1000, 0.0)}}});
  const auto bytes = read_file(folder / "a.npz");
  const auto parse = [&](std::string_view what, std::size_t limit = 1 << 20) {
    return refusal([&] { parse_npz(what, "a.npz", limit); });
  };
  EXPECT_TRUE(parse(bytes).empty());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(parse(bytes.substr(0, size)).empty()) << size;
  EXPECT_NE(parse(bytes, 1000).find("unpacks to more"), std::string::npos);
  const auto directory = bytes.rfind("PK\x01\x02");
  const auto changed = [&](std::size_t at, const std::string& what) {
    auto copy = bytes;
    copy.replace(at, what.size(), what);
    return copy;
  };
  EXPECT_NE(parse(changed(directory + 24, "\xff\xff\x0f")).find("claims more"), std::string::npos);  // size
  EXPECT_NE(parse(changed(directory + 24, "\x01\x02")).find("larger than it says"), std::string::npos);
  EXPECT_NE(parse(changed(directory + 16, "1234")).find("checksum"), std::string::npos);
  EXPECT_NE(parse(changed(directory + 8, "\x01")).find("encrypted"), std::string::npos);
  EXPECT_NE(parse(changed(directory + 10, "\x0c")).find("method 12"), std::string::npos);
  EXPECT_NE(parse(changed(directory + 42, "\x05")).find("no member"), std::string::npos);
  EXPECT_NE(parse(changed(directory + 46, "/.npy")).find("leaves the archive"), std::string::npos);
  EXPECT_NE(parse(changed(directory + 46, "..npy")).find("leaves the archive"), std::string::npos);
  Random random(1);
  for (int i = 0; i < 3000; ++i) {  // must throw or parse, never crash
    auto copy = bytes;
    for (int flips = 0; flips < 3; ++flips) copy[random.below(copy.size())] = static_cast<char>(random());
    parse(copy);
  }
}

}  // namespace
}  // namespace offprint::data
