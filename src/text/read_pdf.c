/* PDF: pdftotext in a child process under limits; its words with their boxes become lines,
 * paragraphs and headings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "text/child.h"
#include "text/pdf_layout.h"
#include "text/readers.h"

#define SIGNATURE_SEARCH_BYTES 1024
#define MEMORY_LIMIT_BYTES ((size_t)4 << 30)
#define OUTPUT_LIMIT_BYTES ((size_t)4 << 30)

/* A page takes 2 to 3 ms and text files hold some 600 pages a MB: ample time on a slow and busy
 * machine, and an end within half a minute for a small file that hangs the program. */
static void set_limits(ChildOptions *o, uint64_t size_bytes)
{
    double mb = (double)(size_bytes >> 20);
    o->cpu_s = (unsigned)(12 + (mb < 100 ? 4 * mb : 400));
    o->wall_s = 18 + (mb < 100 ? 8 * mb : 800);
    o->memory_bytes = MEMORY_LIMIT_BYTES;
    o->output_bytes = OUTPUT_LIMIT_BYTES;
}

static bool sink(void *context, const char *bytes, size_t size, Err *err)
{
    return pdf_parser_feed(context, bytes, size, err);
}

/* raw: words in the order of drawing; else in pdftotext's own order of reading. */
static bool run_pdftotext(const char *path, bool raw, uint64_t size_bytes, const Cancel *cancel,
                          PdfLines *out, Err *err)
{
    /* A name that begins with - would be an option. */
    char *file = path[0] == '-' ? str_format("./%s", path) : mem_strdup(path);
    const char *argv[] = {"pdftotext", "-bbox", "-enc", "UTF-8", file, "-", NULL, NULL};
    if (raw) {
        argv[2] = "-raw";
        argv[3] = "-enc";
        argv[4] = "UTF-8";
        argv[5] = file;
        argv[6] = "-";
    }
    ChildOptions options = {.argv = argv, .cancel = cancel};
    set_limits(&options, size_bytes);
    PdfParser *parser = pdf_parser_new(out);
    ChildResult result;
    bool ok = child_run(&options, sink, parser, &result, err);
    if (!ok && err && err->kind == ERR_MISSING)
        err_set(err, ERR_MISSING,
                "pdftotext is not installed: PDF needs it (package poppler-utils)");
    if (ok) pdf_parser_end(parser);
    pdf_parser_free(parser);
    free(file);
    if (!ok) return false;
    if (result.signal)
        return err_set(err, ERR_FORMAT, "pdftotext broke down on it (signal %d)%s%s", result.signal,
                       result.complaint[0] ? ": " : "", result.complaint);
    if (result.exit_code != 0)
        return err_set(err, ERR_FORMAT, "pdftotext cannot read it: %s",
                       result.complaint[0] ? result.complaint : "the file is damaged");
    return true;
}

/* Programs write file names and "untitled" where a title should be. */
static bool is_title(const char *title)
{
    static const char *const ENDINGS[] = {".doc", ".docx", ".dvi", ".tex", ".indd",
                                          ".pdf", ".qxd",  ".ps",  ".ppt", ".pptx",
                                          ".xls", ".xlsx", ".rtf", ".txt"};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (str_ends_nocase(title, ENDINGS[i])) return false;
    return strlen(title) > 1 && strncasecmp(title, "untitled", 8) != 0 &&
           strncasecmp(title, "microsoft word", 14) != 0;
}

static bool check_signature(const char *path, uint64_t *ret_size, Err *err)
{
    FileInfo info;
    if (!file_info(path, &info, err)) return false;
    FILE *file = fopen(path, "rb");
    if (!file) return err_set(err, ERR_IO, "cannot be opened");
    char start[SIGNATURE_SEARCH_BYTES];
    size_t n = fread(start, 1, sizeof start, file);
    fclose(file);
    if (!memmem(start, n, "%PDF-", 5))
        return err_set(err, ERR_FORMAT, "is no PDF: it does not begin like one");
    *ret_size = info.size_bytes;
    return true;
}

static void lay_out(PdfLines *lines, Document *out)
{
    pdf_drop_running(lines);
    PdfBody body = pdf_measure_body(lines);
    PdfMark *marks = mem_zero(lines->lines.count + 1, sizeof *marks);
    pdf_find_headings(lines, &body, marks);
    pdf_write(lines, &body, marks, out);
    free(marks);
    if (lines->title && is_title(lines->title)) out->title = mem_strdup(lines->title);
}

bool read_pdf(const char *path, const char *bytes, size_t size, const Cancel *cancel, Document *out,
              Err *err)
{
    (void)bytes;
    (void)size;
    uint64_t size_bytes = 0;
    PdfLines lines = {0};
    Err reason = {0};
    bool ok = check_signature(path, &size_bytes, &reason) &&
              run_pdftotext(path, true, size_bytes, cancel, &lines, &reason);
    if (ok && pdf_order_is_doubtful(&lines)) {
        pdf_lines_release(&lines);
        ok = run_pdftotext(path, false, size_bytes, cancel, &lines, &reason);
    }
    if (ok && lines.lines.count == 0)
        ok = err_set(&reason, ERR_FORMAT,
                     "has %zu pages but no text: a scan, which needs OCR first", lines.pages.count);
    if (ok) lay_out(&lines, out);
    pdf_lines_release(&lines);
    if (!ok && err) *err = reason;
    return ok;
}
