/* Chinese clauses and their subjects. There are no blanks: a subject is what stands between the
 * start of a clause and a mark such as 是 or 位于, when nothing in it says that it is none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_zh.h"

#define SUBJECT_LEAST 2
#define SUBJECT_MOST 14

Part zh_part(const char *s, size_t size)
{
    return (Part){s, size};
}

size_t zh_chars(Part p)
{
    return utf8_count(p.s, p.size);
}

bool zh_starts(Part p, const char *with)
{
    size_t n = strlen(with);
    return p.size >= n && memcmp(p.s, with, n) == 0;
}

bool zh_ends(Part p, const char *with)
{
    size_t n = strlen(with);
    return p.size >= n && memcmp(p.s + p.size - n, with, n) == 0;
}

Part zh_skip(Part p, size_t n)
{
    return zh_part(p.s + n, p.size - n);
}

/* Where what stands in p; SIZE_MAX: nowhere. */
size_t zh_find_part(Part p, Part what)
{
    const char *at = p.size ? memmem(p.s, p.size, what.s, what.size) : NULL;
    return at ? (size_t)(at - p.s) : SIZE_MAX;
}

size_t zh_find(Part p, const char *what)
{
    return zh_find_part(p, zh_part(what, strlen(what)));
}

bool zh_has(Part p, const char *what)
{
    return zh_find(p, what) != SIZE_MAX;
}

/* Lists are words between blanks. The next word of one. */
bool zh_next_word(const char **list, Part *ret)
{
    while (**list == ' ') ++*list;
    *ret = zh_part(*list, strcspn(*list, " "));
    *list += ret->size;
    return ret->size > 0;
}

/* The first of a list that p starts with; 0: none. */
size_t zh_starts_any(Part p, const char *list)
{
    for (Part w; zh_next_word(&list, &w);) {
        if (w.size <= p.size && memcmp(p.s, w.s, w.size) == 0) return w.size;
    }
    return 0;
}

/* The first of a list that p ends with; 0: none. */
size_t zh_ends_any(Part p, const char *list)
{
    for (Part w; zh_next_word(&list, &w);) {
        if (w.size <= p.size && memcmp(p.s + p.size - w.size, w.s, w.size) == 0) return w.size;
    }
    return 0;
}

bool zh_has_any(Part p, const char *list)
{
    for (Part w; zh_next_word(&list, &w);) {
        if (p.size && memmem(p.s, p.size, w.s, w.size)) return true;
    }
    return false;
}

/* ---- subjects ---- */

/* What joins a clause to the one before and can go. */
const char ZH_CONNECTIVES[] =
    "但是 但 而且 并且 此外 另外 同时 因此 所以 因而 于是 其实 后来 当时 最后 然后 随后 "
    "接着 之后 不过 然而 例如 比如 其中 通常 一般来说 一般 目前 现在 如今 今天 事实上 "
    "实际上 总之 首先 其次 再次 故 則 则 那么 也 便 就 又 还";

/* A clause that begins so has no subject of its own, or one that stands elsewhere. */
const char ZH_NO_SUBJECT[] =
    "这 那 它 其 此 该 他 她 我 你 您 咱 這 該 牠 是 有 在 于 於 由 被 把 将 將 位于 "
    "分布 分佈 共 约 約 为 為 可 能 会 會 要 需 应 應 必 不 没 沒 无 無 未 都 也 又 还 "
    "還 就 才 再 更 最 很 太 只 曾 已 并 並 或 和 与 與 及 对 對 从 從 向 往 到 以 用 若 "
    "如 当 當 使 让 讓 令 给 給 但 而 却 因 由于 由於 虽 雖 尽管 即 则 等 的 了 着 得 地 "
    "们 后 後 前 时 時 中 内 上 下 里 间 之 所 每 各 某 一 二 三 四 五 六 七 八 九 十 两 "
    "第 几 多 少 通过 根据 按 随 随着 除 据 至 自 直 经 始 开始 主要 出生 毕业 成立 建于 "
    "建成 获 属 包括 包含 分为 分成 存在 出现 看 说 做 成为 担任 任 改 加 去 来 拿 写 放 "
    "留 先 别 请 切 比 像 真正 只要 只有 无论 不论 否则 甚至 尤其 特别 正 原先 另 全线 "
    "全部 所有 整个 其他 原本 本来 原来 现时 现任 许多 很多 大多 大部分 多数 且 加上 "
    "直至 直到 截至 进入 加入 签订 返回 回归 期满 参加 变更 发行 播出 上映 发表 举行 "
    "举办 位 占 距 离 叫 称 号 字 享 近 达";

/* A noun of so many characters, as far as that can be told. */
bool zh_is_subject(Part p)
{
    static const char INSIDE[] =
        "过去 曾 在 极 很 非常 必须 应当 应该 一定 → \" ， 。 、 ； ： ？ “ ” 了 这 那 它 他们 "
        "我 你 因为 如果 所以 是 就 都 也 会 "
        "能 要 不 把 被 却 还";
    size_t n = zh_chars(p), han = 0;
    for (size_t i = 0; i < p.size; i++) han += ((unsigned char)p.s[i] & 0xC0) == 0xC0;
    if (n < SUBJECT_LEAST || (han == 0 && n < 4) || *p.s == ' ' || n > SUBJECT_MOST ||
        zh_starts_any(p, ZH_NO_SUBJECT) || zh_has_any(p, INSIDE))
        return false;
    static const char ADJECTIVES[] =
        "常用 更好 最好 稳妥 好 简单 实用 常见 通行 正确 推荐 可行 有效 唯一 可操作 合理 普通 代价 "
        "缺点 优点 好处 坏处 办法 做法 原则 规则 结果 原因 问题";
    if (zh_starts_any(p, ADJECTIVES) == p.size) return false;
    if (zh_ends_any(p, "可以 往往 通常 常常 一直 原本 若 如 始 别 一 多 常")) return false;
    return !zh_ends(p, "的") && !zh_ends(p, "在") && !zh_ends(p, "和") && !zh_ends(p, "与") &&
           !zh_ends(p, "时") && !zh_ends(p, "后") && !zh_ends(p, "中") && !zh_ends(p, "上") &&
           !zh_ends(p, "就") && !zh_ends(p, "将") && !zh_ends(p, "只") && !zh_ends(p, "可");
}

/* What a thing has: such a clause is about the thing of the sentence. */
static const char ATTRIBUTES[] =
    "面积 总面积 人口 总人口 全长 总长 长度 宽度 高度 海拔 体长 身长 身高 体重 直径 年龄 "
    "成绩 票房 收视率 价格 售价 产量 速度 温度 容量 重量 占地 深度 学制 学生 员工 总部 "
    "校址 站台 车站 长约 高约 花期 果期 叶 花 尾 翼 首都 首府";

/* "该公司", "全镇": what the passage is about, in other words. */
const char ZH_THESE[] =
    "他们 他 她 它 牠 该公司 该校 该片 该书 该游戏 该剧 该站 该市 该镇 该县 该机 该舰 "
    "该山 该岛 该寺 该桥 该馆 该区 该村 该物种 该种 该病 该组织 该项目 该系统 该设备 "
    "该品牌 该节目 该乐队 该曲 该专辑 本书 本片 本站 本作 全镇 全市 全县 全乡 全村 全书 "
    "全片 全剧 全校 全区";

Part zh_known_subject(const Zh *z)
{
    return z->subject.size ? z->subject : z->about_topic ? z->topic : zh_part("", 0);
}

/* What to set before a clause that has no subject of its own; false: nothing is known. A pronoun is
 * taken off the clause. */
bool zh_lead(const Zh *z, Part *clause, Part *ret)
{
    static const char UNKNOWN[] = "它们 她们 这 那 该 此 其 我 你 您 咱";
    *ret = zh_part("", 0);
    if (zh_starts(*clause, "它们") || zh_starts(*clause, "她们") || zh_starts(*clause, "他们"))
        return false;
    size_t n = zh_starts_any(*clause, ZH_THESE);
    if (n > 0) {
        *ret = z->topic.size ? z->topic : z->subject;
        *clause = zh_skip(*clause, n);
        return ret->size > 0 && !zh_starts(*clause, "的");
    }
    if (zh_starts_any(*clause, UNKNOWN)) return false;
    Part known = zh_known_subject(z);
    if (known.size && clause->size >= known.size && memcmp(clause->s, known.s, known.size) == 0)
        return true;
    if (!zh_starts_any(*clause, ZH_NO_SUBJECT) &&
        !(zh_starts_any(*clause, ATTRIBUTES) && known.size))
        return z->first;
    *ret = known;
    return known.size > 0;
}

/* The subject of a clause before its mark: its own, or what the sentence is about. */
bool zh_subject_before(const Zh *z, size_t mark, Part *ret)
{
    Part own = zh_part(z->clause.s, mark);
    static const char ADVERBS[] =
        "主要 通常 一般 大多 多 均 都 也 又 则 曾 已 还 常 可以 可 一共 共 总共 大致 往往 "
        "目前 现在 会 将 被 现 后";
    for (size_t n; own.size > 0 && (n = zh_ends_any(own, ADVERBS)) > 0;) own.size -= n;
    size_t these = zh_starts_any(own, ZH_THESE);
    Part known = zh_known_subject(z);
    *ret = these > 0 && z->topic.size ? z->topic : known;
    if (own.size == these) return ret->size > 0;
    *ret = own;
    bool its = known.size && own.size >= known.size && memmem(own.s, own.size, known.s, known.size);
    return (z->first || its) && zh_is_subject(own);
}

bool zh_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

Part zh_without_end(Part p, const char *end)
{
    if (zh_ends(p, end)) p.size -= strlen(end);
    return p;
}

/* ---- clauses ---- */

/* Without what stands in brackets. */
void zh_drop_brackets(const char *s, size_t size, Str *out)
{
    int depth = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t n = utf8_next(s + i, size - i, &code);
        bool open = code == '(' || code == 0xFF08 || code == '[' || code == 0x3010;
        bool close = code == ')' || code == 0xFF09 || code == ']' || code == 0x3011;
        depth += open;
        if (depth == 0) str_add_bytes(out, s + i, n);
        if (close && depth > 0) depth--;
        i += n;
    }
}

/* The next clause of p from *at on, up to ，；：。 and the like. */
Part zh_next_clause(Part p, size_t *at)
{
    static const char MARKS[] = "， ； ： 。 ！ ？ —— , ; : ! ?";
    size_t first = *at, end = first;
    while (end < p.size) {
        size_t n = zh_starts_any(zh_skip(p, end), MARKS);
        bool number = n == 1 && end > first && zh_is_digit(p.s[end - 1]) && end + 1 < p.size &&
                      zh_is_digit(p.s[end + 1]);
        if (n > 0 && !number) {
            *at = end + n;
            break;
        }
        end++;
    }
    if (end == p.size) *at = p.size;
    Part c = zh_part(p.s + first, end - first);
    while (c.size && *c.s == ' ') c = zh_skip(c, 1);
    while (c.size && c.s[c.size - 1] == ' ') c.size--;
    return c;
}

/* A name that the passage is about and that stands in it. */
Part zh_topic(const Asker *a, char *room, size_t size)
{
    ask_topic(a, room, size);
    Part t = zh_part(room, strlen(room));
    return t.size && zh_is_subject(t) && strstr(str_get(&a->plain), room) ? t : zh_part("", 0);
}

/* The subject that the first clause shows: what stands before 是, 为, 位于 or a comma. */
Part zh_sentence_subject(Part clause)
{
    static const char *const MARKS[] = {"是", "位于", "又称", "又名", "简称", "属于", "成立", "由"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t at = zh_find(clause, MARKS[i]);
        if (at != SIZE_MAX && zh_is_subject(zh_part(clause.s, at))) return zh_part(clause.s, at);
    }
    return zh_is_subject(clause) && zh_chars(clause) <= 4 ? clause : zh_part("", 0);
}
