#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <memory>

#include "offprint/base/error.hpp"
#include "offprint/data/rdata.hpp"

namespace offprint::data {
namespace {

using Buffer = std::array<char, 1 << 16>;

void append(std::string& result, const Buffer& buffer, std::size_t count, const std::string& source,
            std::size_t limit) {
  if (result.size() + count > limit)
    throw BadInput(source, "unpacks to more than " + std::to_string(limit) + " bytes", "give a smaller file");
  result.append(buffer.data(), count);
}

[[noreturn]] void broken(const std::string& source) {
  throw BadInput(source, "its compressed data are broken or truncated", "copy or fetch it again");
}

std::string inflate_all(std::string_view bytes, const std::string& source, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 47) != Z_OK) throw std::bad_alloc();  // 32 + 15: zlib or gzip, told apart by the header
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string result;
  Buffer buffer;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) broken(source);
    append(result, buffer, buffer.size() - stream.avail_out, source, limit);
  }
  return result;
}

std::string bunzip_all(std::string_view bytes, const std::string& source, std::size_t limit) {
  bz_stream stream{};
  if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) throw std::bad_alloc();
  const std::unique_ptr<bz_stream, int (*)(bz_stream*)> guard(&stream, BZ2_bzDecompressEnd);
  stream.next_in = const_cast<char*>(bytes.data());
  stream.avail_in = static_cast<unsigned>(bytes.size());
  std::string result;
  Buffer buffer;
  for (int status = BZ_OK; status != BZ_STREAM_END;) {
    stream.next_out = buffer.data();
    stream.avail_out = buffer.size();
    status = BZ2_bzDecompress(&stream);
    if ((status != BZ_OK && status != BZ_STREAM_END) ||
        (status == BZ_OK && stream.avail_in == 0 && stream.avail_out == buffer.size()))
      broken(source);
    append(result, buffer, buffer.size() - stream.avail_out, source, limit);
  }
  return result;
}

std::string unlzma_all(std::string_view bytes, const std::string& source, std::size_t limit, bool raw) {
  lzma_stream stream = LZMA_STREAM_INIT;
  lzma_options_lzma options;
  lzma_lzma_preset(&options, 9 | LZMA_PRESET_EXTREME);
  const lzma_filter filters[2]{{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  constexpr std::uint64_t memory = std::uint64_t{1} << 30;
  const auto started = raw ? lzma_raw_decoder(&stream, filters) : lzma_auto_decoder(&stream, memory, 0);
  if (started != LZMA_OK) throw std::bad_alloc();
  const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> guard(&stream, lzma_end);
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  std::string result;
  Buffer buffer;
  for (lzma_ret status = LZMA_OK; status != LZMA_STREAM_END;) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    stream.avail_out = buffer.size();
    status = lzma_code(&stream, LZMA_FINISH);
    if (status != LZMA_OK && status != LZMA_STREAM_END) broken(source);
    append(result, buffer, buffer.size() - stream.avail_out, source, limit);
  }
  return result;
}

std::string unzstd_all(std::string_view bytes, const std::string& source, std::size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> stream(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!stream) throw std::bad_alloc();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string result;
  Buffer buffer;
  for (std::size_t left = 1; left != 0 || in.pos < in.size;) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    const auto before = in.pos;
    left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) || (out.pos == 0 && in.pos == before)) broken(source);
    append(result, buffer, out.pos, source, limit);
  }
  return result;
}

}  // namespace

std::string decompress(std::string_view bytes, const std::string& source, std::size_t limit) {
  if (bytes.starts_with("RDX") || bytes.starts_with("X\n")) return std::string(bytes);
  if (bytes.starts_with("\x1f\x8b") || bytes.starts_with('\x78')) return inflate_all(bytes, source, limit);
  if (bytes.starts_with("\x28\xB5\x2F\xFD")) return unzstd_all(bytes, source, limit);
  if (bytes.starts_with("BZh")) return bunzip_all(bytes, source, limit);
  if (bytes.starts_with(std::string_view("\xFD"
                                         "7zXZ\0",
                                         6)))
    return unlzma_all(bytes, source, limit, false);
  if (bytes.empty()) broken(source);
  return unlzma_all(bytes, source, limit, true);  // lazy-load data bases store xz's payload without its container
}

}  // namespace offprint::data
