/* Questions about a Chinese sentence. Chinese asks in place: what is asked for is replaced by the
 * word that asks, and the clause stays as it is. One frame, one row of FRAMES. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/ask_zh.h"

#define REWORD_FROM 0.45 /* from this share of copied words on, some are said otherwise */
#define CLAUSE_LEAST 4
#define CLAUSE_MOST 30
#define NUMBER_MOST 22   /* characters of a clause with a number */
#define OCCASION_MOST 16 /* of one that says when */
#define CLAUSES 40       /* of a sentence */

/* ---- offering ---- */

static const char *const OTHER_WORDS[][2] = {
    {"应当", "应该"}, {"能够", "能"},   {"具有", "有"},   {"无法", "不能"}, {"不得", "不能"},
    {"以及", "和"},   {"采用", "用"},   {"使用", "用"},   {"进行", "做"},   {"必须", "一定要"},
    {"可以", "能"},   {"予以", "给"},   {"目前", "现在"}, {"购买", "买"},   {"获得", "得到"},
    {"尽管", "虽然"}, {"并非", "不是"}, {"仅", "只"},     {"均", "都"}};

static bool offer(const Zh *z, const char *kind, double base, Str *q)
{
    Asker *a = z->asker;
    double copied = q->size ? asker_copied(a, q->data) : 0;
    for (size_t i = 0; i < sizeof OTHER_WORDS / sizeof *OTHER_WORDS && copied > REWORD_FROM; i++) {
        char *at = strstr(q->data, OTHER_WORDS[i][0]);
        if (!at) continue;
        Str out = {0};
        str_add_bytes(&out, q->data, (size_t)(at - q->data));
        str_add(&out, OTHER_WORDS[i][1]);
        str_add(&out, at + strlen(OTHER_WORDS[i][0]));
        str_release(q);
        *q = out;
        copied = asker_copied(a, q->data);
    }
    Part p = zh_part(str_get(q), q->size);
    static const char OUTSIDE[] = "如下 上述 下列 以下 前者 后者 本文 上表 下表 如图 这";
    bool pairs = zh_has(p, "“") == zh_has(p, "”") && zh_has(p, "《") == zh_has(p, "》") &&
                 zh_has(p, "（") == zh_has(p, "）");
    bool taken = q->size && pairs && !zh_has_any(p, OUTSIDE) && asker_offer(a, kind, base, q->data);
    str_release(q);
    return taken;
}

static void add(Str *q, Part p)
{
    str_add_bytes(q, p.s, p.size);
}

/* ---- frames ---- */

/* X是一种…, X指…, X又称… */
static void ask_definition(const Zh *z)
{
    static const struct {
        const char *mark;
        int is;
    } MARKS[] = {
        {"是指", 1},   {"指的是", 1}, {"的意思是", 1}, {"是一位", 2}, {"是一名", 2}, {"是中国", 0},
        {"是一种", 0}, {"是一个", 0}, {"是一类", 0},   {"是一款", 0}, {"是一座", 0}, {"是一家", 0},
        {"是一部", 0}, {"是一项", 0}, {"是一条", 0},   {"是一所", 0}, {"是一组", 0}, {"是由", 0},
        {"是", 0},     {"又称", 3},   {"又名", 3},     {"俗称", 3},   {"简称", 3},   {"称为", 3},
        {"被称为", 3}, {"也叫", 3},
    };
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t at = zh_find(z->clause, MARKS[i].mark);
        Part x = zh_part(z->clause.s, at), lead;
        if (at == SIZE_MAX) continue;
        if (at == 0 && MARKS[i].is == 3 && zh_lead(z, &x, &lead)) x = z->topic;
        if (!zh_is_subject(x) || zh_has_any(x, "为 与 和 时") ||
            (strcmp(MARKS[i].mark, "是") == 0 && (!z->first || zh_chars(x) > 9)))
            continue;
        Part rest = zh_skip(z->clause, at + strlen(MARKS[i].mark));
        if (zh_starts(rest, "否") || zh_starts(rest, "因为") || zh_starts(rest, "为了") ||
            zh_starts(rest, "不") || zh_starts(rest, "在") || zh_starts(rest, "什么"))
            return;
        Str q = {0};
        static const char PERSONS[] = "球员 球員 运动员 教练 演员 歌手 作家 画家 政治家 政治人物 "
                                      "将领 将军 皇帝 之子 儿子 女儿 学者 教授 主持人 导演 院士 "
                                      "选手 科学家 数学家 作曲家 企业家 革命家 僧人 君主 国王 模特";
        bool person =
            MARKS[i].is == 2 || (MARKS[i].is == 0 && zh_chars(x) < 8 && zh_has_any(rest, PERSONS));
        if (MARKS[i].is == 1)
            str_addf(&q, "%.*s是什么意思？", (int)x.size, x.s);
        else if (MARKS[i].is == 3)
            str_addf(&q, "%.*s还有什么别的名称？", (int)x.size, x.s);
        else if (person)
            str_addf(&q, "%.*s是谁？", (int)x.size, x.s);
        else
            str_addf(&q, i < 17 && zh_chars(x) < 6 ? "什么是%.*s？" : "%.*s是什么？", (int)x.size,
                     x.s);
        const char *kind = MARKS[i].is == 3 ? "what" : person ? "who" : "definition";
        double base = MARKS[i].is == 3 ? 0.55 : i < 17 ? 0.75 : 0.5;
        if (offer(z, kind, base, &q) || MARKS[i].is != 0 || person) return;
        str_addf(&q, "%.*s指的是什么？", (int)x.size,
                 x.s); /* a long name is too much of a copy with less */
        offer(z, kind, base, &q);
        return;
    }
}

/* Where the subject of a clause surely ends: before a modal, a negation or the like; 0: not known.
 */
static size_t verb_of(Part c)
{
    static const char VERBS[] =
        "必须 应当 应该 可以 能够 无法 不能 不会 不可 不得 需要 没有 往往 通常 容易 开始 "
        "成为 被 要 会 能 不 应 需 才 可 没 将 都 也 就";
    for (size_t at = 6; at < c.size; at += 3) {
        if (zh_starts_any(zh_skip(c, at), VERBS)) return zh_is_subject(zh_part(c.s, at)) ? at : 0;
        if ((unsigned char)c.s[at] < 0xE0) return 0;
    }
    return 0;
}

/* 由于A，B; A，因此B; B，因为A; A，否则B */
static void ask_why(const Zh *z)
{
    Part c = z->clause, lead;
    bool reason = zh_starts(z->before, "由于") || zh_starts(z->before, "因为") ||
                  zh_starts(z->before, "因") || zh_starts(z->before, "由於") || z->result;
    bool follows = zh_starts(z->after, "因为") || zh_starts(z->after, "是因为") ||
                   zh_starts(z->after, "原因是") ||
                   zh_starts_any(z->after, "否则 不然 要不然 免得") ||
                   zh_starts(z->after, "以免") || zh_starts(z->after, "以防");
    if (zh_starts(c, "由于") || zh_starts(c, "因为") || zh_starts(c, "因") ||
        zh_starts(c, "由於") || zh_has(c, "多少") || zh_has(c, "为什么"))
        return;
    size_t because = zh_find(c, "是因为");
    if (because != SIZE_MAX && because > 0) c.size = because, reason = true;
    if ((!reason && !follows) || zh_chars(c) < CLAUSE_LEAST || zh_chars(c) > CLAUSE_MOST ||
        !zh_lead(z, &c, &lead))
        return;
    static const char GOES_ON[] =
        "且 及 和 与 加上 以及 直至 直到 又 而 在 再加上 并 同时 使 导致 所";
    if (zh_starts_any(c, GOES_ON) || zh_starts_any(c, "为 是 有") ||
        (zh_starts_any(c, ZH_NO_SUBJECT) && lead.size == 0))
        return;
    Str q = {0};
    c = zh_without_end(c, "了");
    size_t verb = lead.size ? 0 : verb_of(c);
    add(&q, lead.size ? lead : zh_part(c.s, verb));
    str_add(&q, "为什么");
    add(&q, zh_skip(c, verb));
    str_add(&q, "？");
    offer(z, "why", 0.8, &q);
}

/* A导致B, A造成B */
static void ask_cause(const Zh *z)
{
    static const char *const MARKS[] = {"会导致", "导致", "会造成", "造成", "引起", "使得"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t at = zh_find(z->clause, MARKS[i]);
        Part x;
        if (at == SIZE_MAX || !zh_subject_before(z, at, &x) ||
            at + strlen(MARKS[i]) + 6 > z->clause.size)
            continue;
        Str q = {0};
        str_addf(&q, "%.*s会造成什么后果？", (int)x.size, x.s);
        offer(z, "effect", 0.7, &q);
        return;
    }
}

/* 如果A，B; 当A时，B */
static void ask_condition(const Zh *z)
{
    static const char IFS[] = "如果 若果 若是 假如 倘若 一旦 若";
    Part c = z->clause;
    size_t n = zh_starts_any(c, IFS);
    if (z->after.size == 0 || zh_chars(c) < CLAUSE_LEAST + 1 || zh_chars(c) > CLAUSE_MOST ||
        zh_has(c, "它") || zh_has(c, "这") || zh_has(c, "他"))
        return;
    Str q = {0};
    if (n > 0) {
        c = zh_skip(c, n);
        c = zh_without_end(zh_without_end(c, "的话"), "了");
        str_add(&q, zh_starts(z->clause, "一旦") ? "一旦" : "如果");
        add(&q, c);
        str_add(&q, "，会怎么样？");
    } else if (zh_starts(c, "当") && zh_ends(c, "时")) {
        add(&q, c);
        str_add(&q, "会发生什么？");
    }
    offer(z, "condition", 0.7, &q);
}

/* 只有A才B, 为了A，B */
static void ask_purpose(const Zh *z)
{
    if (!zh_starts(z->before, "为了") && !zh_starts(z->after, "目的是") &&
        !zh_starts(z->after, "以便"))
        return;
    Part c = z->clause, lead;
    if (zh_chars(c) < CLAUSE_LEAST || zh_chars(c) > CLAUSE_MOST || !zh_lead(z, &c, &lead)) return;
    if (zh_starts_any(c, ZH_NO_SUBJECT) && lead.size == 0) return;
    Str q = {0};
    add(&q, lead);
    str_add(&q, "为什么要");
    add(&q, c);
    str_add(&q, "？");
    if (lead.size == 0 || zh_starts(c, "要")) str_release(&q);
    offer(z, "purpose", 0.6, &q);
}

/* Marks between a subject and what is asked for. */
static const struct {
    const char *mark, *asks, *kind;
    double base;
} RELATIONS[] = {
    {"取决于", "取决于什么？", "what", 0.75},
    {"主要包括", "主要包括哪些？", "list", 0.7},
    {"包括", "包括哪些？", "list", 0.7},
    {"分为", "分为哪几种？", "list", 0.75},
    {"可分为", "可以分成哪几类？", "list", 0.75},
    {"用于", "是做什么用的？", "purpose", 0.75},
    {"用来", "是用来做什么的？", "purpose", 0.75},
    {"的作用是", "有什么作用？", "purpose", 0.75},
    {"的目的是", "的目的是什么？", "purpose", 0.75},
    {"的好处是", "有什么好处？", "what", 0.7},
    {"的优点是", "有什么优点？", "what", 0.7},
    {"的缺点是", "有什么缺点？", "what", 0.7},
    {"的弱点是", "有什么弱点？", "what", 0.7},
    {"的特点是", "有什么特点？", "what", 0.7},
    {"的代价是", "的代价是什么？", "what", 0.7},
    {"的原因是", "的原因是什么？", "why", 0.75},
    {"的办法是", "有什么办法？", "how", 0.7},
    {"的方法是", "的方法是什么？", "how", 0.7},
    {"的原则是", "的原则是什么？", "what", 0.7},
    {"位于", "在什么地方？", "where", 0.75},
    {"坐落于", "在什么地方？", "where", 0.75},
    {"分布于", "分布在哪些地方？", "where", 0.75},
    {"分布在", "都分布在哪些地方？", "where", 0.75},
    {"出生于", "出生在哪里？", "where", 0.7},
    {"生于", "出生在哪里？", "where", 0.6},
    {"总部设在", "的总部设在哪里？", "where", 0.75},
    {"总部位于", "的总部在哪里？", "where", 0.75},
    {"生长于", "生长在什么环境？", "where", 0.7},
    {"生活在", "生活在哪里？", "where", 0.7},
    {"产于", "产自哪里？", "where", 0.7},
    {"毕业于", "是哪所学校毕业的？", "where", 0.8},
    {"隶属于", "隶属于谁？", "what", 0.65},
    {"属于", "属于什么类别？", "what", 0.5},
    {"著称", "因什么出名？", "what", 0.7},
    {"闻名", "因什么出名？", "what", 0.7},
    {"获得了", "获得过什么？", "what", 0.5},
    {"荣获", "得过什么奖？", "what", 0.65},
    {"担任", "担任过什么职务？", "what", 0.65},
    {"改编自", "是根据什么改编的？", "what", 0.75},
    {"组成", "由哪些部分组成？", "list", 0.65},
    {"适用于", "适用于哪些情况？", "what", 0.7},
    {"依赖", "依赖什么？", "what", 0.65},
    {"需要", "需要什么？", "what", 0.45},
    {"相当于", "相当于什么？", "what", 0.6},
    {"命名", "是怎么得名的？", "why", 0.6},
    {"得名", "是怎么得名的？", "why", 0.65},
};

static void ask_relation(const Zh *z)
{
    for (size_t i = 0; i < sizeof RELATIONS / sizeof *RELATIONS; i++) {
        size_t at = zh_find(z->clause, RELATIONS[i].mark);
        Part x;
        if (at == SIZE_MAX) continue;
        Part before = zh_part(z->clause.s, at);
        size_t by = zh_find(before, strcmp(RELATIONS[i].mark, "组成") == 0 ? "由" : "以");
        bool tail = strcmp(RELATIONS[i].mark, "组成") == 0 ||
                    strcmp(RELATIONS[i].mark, "著称") == 0 ||
                    strcmp(RELATIONS[i].mark, "闻名") == 0;
        if (tail && by == SIZE_MAX) continue;
        Part rest = zh_skip(z->clause, at + strlen(RELATIONS[i].mark));
        bool number = rest.size && *rest.s >= '0' && *rest.s <= '9';
        if (!zh_subject_before(z, tail ? by : at, &x) || (!tail && rest.size < 6) || number ||
            zh_starts(rest, "什么") || zh_starts(rest, "哪"))
            continue;
        Str q = {0};
        add(&q, x);
        str_add(&q, RELATIONS[i].asks);
        offer(z, RELATIONS[i].kind, RELATIONS[i].base, &q);
        return;
    }
}

/* X由Y开发 → X是由谁开发的？ */
static void ask_who(const Zh *z)
{
    static const char DEEDS[] =
        "创建 创立 创办 设计 发明 导演 执导 编剧 主演 开发 发行 制作 建造 出版 提出 主办 "
        "撰写 运营 生产 管理 负责 经营 命名 发现 担任 演唱 作曲 作词 主持 饰演 改编 编写 "
        "研发 审批 批准 审核 保管 承担 签字 拥有";
    size_t at = zh_find(z->clause, "由");
    Part x;
    if (at == SIZE_MAX || zh_starts(zh_skip(z->clause, at), "由于") ||
        zh_starts(zh_skip(z->clause, at), "由此") || !zh_subject_before(z, at, &x)) {
        if (at == SIZE_MAX || at < 3 || !zh_ends(zh_part(z->clause.s, at), "是") ||
            !zh_subject_before(z, at - 3, &x))
            return;
    }
    Part rest = zh_skip(z->clause, at + 3);
    const char *deeds = DEEDS;
    for (Part d; zh_next_word(&deeds, &d);) {
        size_t deed = zh_find_part(rest, d);
        size_t n = deed == SIZE_MAX ? 0 : zh_chars(zh_part(rest.s, deed));
        if (n < 2 || n > 16) continue;
        Str q = {0};
        Part done = zh_without_end(zh_without_end(zh_skip(rest, deed), "的"), "而成");
        if (zh_chars(done) > 8) done.size = d.size;
        add(&q, x);
        str_add(&q, "是由谁");
        add(&q, done);
        str_add(&q, "的？");
        offer(z, "who", 0.8, &q);
        return;
    }
}

/* The digits at s[at], with points between them: where they end. */
static size_t digits_end(Part p, size_t at)
{
    while (at < p.size && (zh_is_digit(p.s[at]) ||
                           (at + 1 < p.size && strchr(".,", p.s[at]) && zh_is_digit(p.s[at + 1]))))
        at++;
    return at;
}

/* Behind "1848年": the end of "1848年11月3日". */
static size_t date_end(Part p, size_t at)
{
    static const char *const UNITS[] = {"月", "日"};
    for (int u = 0; u < 2; u++) {
        size_t gap = at;
        while (gap < p.size && p.s[gap] == ' ') gap++;
        size_t end = digits_end(p, gap);
        Part unit = zh_skip(p, end);
        while (unit.size && *unit.s == ' ') unit = zh_skip(unit, 1);
        if (end == gap || !zh_starts(unit, UNITS[u])) break;
        at = (size_t)(unit.s - p.s) + strlen(UNITS[u]);
    }
    return at;
}

/* What happens at a time: a verb right behind the date. */
static bool begins_event(Part p)
{
    static const char EVENTS[] =
        "成立 建 创 设 开 加入 出生 生于 逝世 去世 病逝 毕业 发行 出版 发布 发表 推出 上映 "
        "首 正式 被 由 获 当选 入 参加 参与 担任 出任 就任 改 更名 迁 移 升 并入 宣布 完成 "
        "通过 退 转 投 签 结婚 播出 夺 赢 击败 进入 前往 回 离 返 用 竣工 落成 启用 通车 停 "
        "关闭 拆 爆发 发生 发现 发明 提出 命名 收购 合并 上市 晋 代表 考 就读 颁布 实施 生效 "
        "修 重 动工 施工 引进 引入 登 撤 废 取消 恢复 独立 统一 执导 主演 出演 拍摄 录 写 著 "
        "画 与 和 任 移居 移民 定居 搬 卸任 辞 解散 并购 分裂 脱离 列入 列为 评为 授予 授 "
        "荣获 起义 战死 被俘 投产 服役 下水 退役";
    static const char PLACED[] =
        "成立 出生 逝世 去世 举行 举办 开幕 建 创 上映 发行 发表 毕业 结婚 首演 召开";
    if (zh_starts(p, "在")) return zh_has_any(p, PLACED) && zh_chars(p) > 4;
    return zh_starts_any(p, EVENTS) > 0;
}

/* A date in a clause: what stands before and behind it, and the word that asks for it. */
static bool find_date(Part c, Part *before, Part *behind, const char **asks)
{
    static const char RANGE[] = "到 至 — - – 以来 起 后 前 、 和 与 间 末 初 的 及 代";
    size_t at = 0, end = 0;
    for (; at<c.size; at = end> at ? end : at + 1) {
        end = digits_end(c, at);
        if (end == at + 4 && zh_starts(zh_skip(c, end), "年") && (c.s[at] == '1' || c.s[at] == '2'))
            break;
    }
    if (at >= c.size) return false;
    end += strlen("年");
    size_t tail = date_end(c, end);
    *asks = tail > end ? "什么时候" : "哪一年";
    *before = zh_part(c.s, at);
    *behind = zh_skip(c, tail);
    if (zh_starts_any(*behind, RANGE) || zh_ends_any(*before, "及 、 和 与 至 到 从 自 由 第"))
        return false;
    while (before->size && before->s[before->size - 1] == ' ') before->size--;
    while (behind->size && *behind->s == ' ') *behind = zh_skip(*behind, 1);
    return true;
}

/* A于1848年V → A是哪一年V的？ A成立于1848年 → A成立于哪一年？ */
static void ask_when(const Zh *z)
{
    Part before, behind, lead;
    const char *asks;
    if (!find_date(z->clause, &before, &behind, &asks)) return;
    bool in = zh_ends(before, "于") || zh_ends(before, "在");
    for (int n = 0; n < 2; n++) before.size -= zh_ends_any(before, "大约 约 于 在 到了");
    if (before.size == 0 && behind.size == 0) { /* "1998年，张三加入国家队" */
        behind = z->after;
        bool topic = z->topic.size && behind.size > z->topic.size &&
                     memcmp(behind.s, z->topic.s, z->topic.size) == 0;
        if (topic) behind = zh_skip(behind, z->topic.size);
    }
    Str q = {0};
    if (begins_event(behind) && zh_chars(behind) >= 2 && zh_chars(behind) <= 20) {
        Part who = before;
        if (zh_starts_any(before, ZH_THESE) == before.size)
            who = z->topic.size && (z->first || z->about_topic) ? z->topic : zh_known_subject(z);
        if (!zh_is_subject(who)) return;
        behind = zh_without_end(zh_without_end(behind, "了"), "的");
        str_addf(&q, "%.*s是%s%.*s的？", (int)who.size, who.s, asks, (int)behind.size, behind.s);
    } else if (behind.size == 0 && in && zh_chars(before) >= 2 && zh_chars(before) <= 20) {
        if (!zh_lead(z, &before, &lead) || lead.size + before.size < 9) return;
        str_addf(&q, "%.*s%.*s于%s？", (int)lead.size, lead.s, (int)before.size, before.s, asks);
    }
    offer(z, "when", 0.8, &q);
}

/* A number that is part of a name, a range, a date or a list cannot be asked for. */
static bool is_awkward(Part before, Part behind)
{
    static const char AFTER[] =
        "到 至 、 号 月 日 及 多 代 世纪 和 与 或 线 式 型 版 路 年 — – - ～ ~ 时 点 比 折 "
        "大 届 后 前 章 节";
    static const char BEFORE[] = "第 至 到 、 — - – / 从 每 前 后 No.";
    if (behind.size == 0 || (unsigned char)*behind.s < 0x80)
        return !(behind.size && *behind.s == '%');
    if (zh_ends_any(before, BEFORE)) return true;
    return zh_starts_any(behind, AFTER);
}

/* 一共有212级台阶 → 一共有多少级台阶？ */
static void ask_number(const Zh *z)
{
    Part c = z->clause, lead;
    static const char ABOUT[] = "大约 约 近 超过 多达 高达 达到 至少 最多 不到 仅 只 将近";
    if (zh_chars(c) < CLAUSE_LEAST || zh_chars(c) > CLAUSE_MOST || !zh_lead(z, &c, &lead) ||
        zh_has_any(c, "如果 例如 并 虽然 因 使 没有") || (c.size && zh_is_digit(*c.s)) ||
        zh_chars(c) > NUMBER_MOST)
        return;
    size_t at = 0;
    while (at < c.size && !zh_is_digit(c.s[at])) at++;
    size_t end = digits_end(c, at);
    if (at == c.size || at < 3 || (unsigned char)c.s[at - 1] < 0x80) {
        if (at == 0 || at >= c.size || c.s[at - 1] != ' ') return;
    }
    Part before = zh_part(c.s, at), behind = zh_skip(c, end);
    while (before.size && before.s[before.size - 1] == ' ') before.size--;
    while (behind.size && *behind.s == ' ') behind = zh_skip(behind, 1);
    for (size_t i = end; i < c.size; i++) {
        if (zh_is_digit(c.s[i])) return; /* two numbers: one of them would be left to guess */
    }
    if (is_awkward(before, behind)) return;
    before.size -= zh_ends_any(before, ABOUT);
    before.size -= zh_ends_any(before, ABOUT);
    if (zh_starts(behind, "%")) behind = zh_skip(behind, 1);
    bool share = c.s[end] == '%';
    for (size_t n; (n = zh_starts_any(behind, "万 亿 余 百 千 多")) > 0;)
        behind = zh_skip(behind, n);
    if (before.size == 0 || (before.size < 6 && lead.size == 0) || (behind.size == 0 && !share) ||
        zh_starts(behind, "的"))
        return;
    Str q = {0};
    add(&q, lead);
    add(&q, before);
    if (share) behind = zh_skip(behind, zh_starts_any(behind, "以上 以下 左右"));
    str_add(&q, share ? "百分之多少" : "多少");
    add(&q, zh_without_end(behind, "了"));
    str_add(&q, "？");
    offer(z, "how many", 0.75, &q);
}

/* 共有三个亚种 → 共有几个亚种？ */
static void ask_few(const Zh *z)
{
    static const char *const FEW[] = {"两", "二", "三", "四", "五", "六", "七", "八", "九"};
    static const char *const HAS[] = {"共有", "有",   "分为", "分成", "包括",
                                      "包含", "设有", "拥有", "下辖", "设"};
    static const char MEASURES[] =
        "个 种 类 条 座 所 名 位 部 层 项 家 步 股 支 组 段 处 道 面 张 款 大";
    for (size_t h = 0; h < sizeof HAS / sizeof *HAS; h++) {
        for (size_t i = 0; i < sizeof FEW / sizeof *FEW; i++) {
            char mark[16];
            snprintf(mark, sizeof mark, "%s%s", HAS[h], FEW[i]);
            size_t at = zh_find(z->clause, mark);
            Part x;
            if (at == SIZE_MAX) continue;
            Part behind = zh_skip(z->clause, at + strlen(mark));
            size_t n = zh_chars(behind);
            if (zh_starts_any(behind, "种 类 个 步") == behind.size && behind.size > 0 &&
                zh_subject_before(z, at, &x)) {
                Str which = {0};
                str_addf(&which, "%.*s有哪几%.*s？", (int)x.size, x.s, (int)behind.size, behind.s);
                offer(z, "list", 0.75, &which);
                return;
            }
            if (!zh_starts_any(behind, MEASURES) || zh_starts(behind, "大") || n < 2 || n > 12 ||
                !zh_subject_before(z, at, &x))
                continue;
            Str q = {0};
            str_addf(&q, "%.*s%s%s几%.*s？", (int)x.size, x.s,
                     strcmp(HAS[h], "有") == 0 ? "总共" : "", HAS[h], (int)behind.size, behind.s);
            offer(z, "how many", 0.75, &q);
            return;
        }
    }
}

/* 通过Y，X V / X通过Y来V → 如何V */
static void ask_how(const Zh *z)
{
    Part c = z->clause, lead;
    size_t at = zh_find(c, "通过"), to = zh_find(c, "来");
    if (at == SIZE_MAX || to == SIZE_MAX || to < at + 9) return;
    Part goal = zh_skip(c, to + 3), x = zh_part(c.s, at);
    if (zh_chars(goal) < 3 || zh_chars(goal) > 16) return;
    if (!zh_is_subject(x)) {
        Part rest = x;
        if (!zh_lead(z, &rest, &lead) || rest.size > 0) return;
        x = lead;
    }
    Str q = {0};
    add(&q, x);
    str_add(&q, "如何");
    add(&q, goal);
    str_add(&q, "？");
    offer(z, "how", 0.7, &q);
}

/* 不要A，否则B; 必须A: what must not or must be done. */
static void ask_duty(const Zh *z)
{
    static const char *const DUTIES[] = {"必须", "不得", "禁止", "应当",
                                         "应该", "不能", "不应", "应"};
    for (size_t i = 0; i < sizeof DUTIES / sizeof *DUTIES; i++) {
        size_t at = zh_find(z->clause, DUTIES[i]);
        Part x;
        if (at == SIZE_MAX || at == 0 || !zh_subject_before(z, at, &x)) continue;
        Part rest = zh_skip(z->clause, at + strlen(DUTIES[i]));
        if (zh_chars(rest) < 3 || zh_chars(rest) > 16 || zh_starts_any(rest, "用 当 该 对 的"))
            continue;
        if (zh_ends_any(zh_part(z->clause.s, at), "对 相 反 效 适 响 供 回 没有"))
            continue; /* 反应, 对应 */
        Str q = {0};
        bool not = strstr(DUTIES[i], "不") || i == 2;
        add(&q, x);
        str_add(&q, not ? "可以" : "一定要");
        add(&q, rest);
        str_add(&q, "吗？");
        offer(z, "whether", 0.4, &q);
        return;
    }
}

/* X可以Y → X能不能Y？ */
static void ask_ability(const Zh *z)
{
    static const struct {
        const char *mark, *asks;
    } MODALS[] = {{"可以", "能不能"}, {"能够", "能不能"}, {"不能", "能不能"}, {"无法", "能不能"},
                  {"不会", "会不会"}, {"会", "会不会"},   {"能", "能不能"}};
    for (size_t i = 0; i < sizeof MODALS / sizeof *MODALS; i++) {
        size_t at = zh_find(z->clause, MODALS[i].mark);
        Part x;
        if (at == SIZE_MAX || at == 0 || !zh_subject_before(z, at, &x)) continue;
        Part rest = zh_skip(z->clause, at + strlen(MODALS[i].mark));
        if (zh_chars(rest) < 4 || zh_chars(rest) > 16 ||
            zh_starts_any(rest, "力 量 源 议 员 计 不 否 的 是 有") ||
            zh_has_any(rest, "它 这 会 能 要 不"))
            continue;
        Str q = {0};
        add(&q, x);
        str_add(&q, MODALS[i].asks);
        add(&q, zh_without_end(rest, "了"));
        str_add(&q, "？");
        offer(z, "whether", 0.4, &q);
        return;
    }
}

/* 充电时，… → 充电时该怎么做？ */
static void ask_occasion(const Zh *z)
{
    Part c = z->clause;
    size_t n = zh_chars(c);
    if (!z->first || z->after.size == 0 || n < CLAUSE_LEAST || n > OCCASION_MOST) return;
    if (zh_starts_any(c, ZH_NO_SUBJECT) ||
        zh_ends_any(c, "同时 及时 当时 小时 随时 有时 临时 平时 届时 此时 按时 准时 不时") ||
        zh_has_any(c, "如果 这 它 其 年 月 世纪"))
        return;
    if (!zh_ends_any(c, "时 的时候 之前 之后")) return;
    bool told = zh_has_any(z->after, "要 应 须 可 用 先 不 一律 最好 请 避免 取 按 把 得");
    Str q = {0};
    add(&q, c);
    str_add(&q, told ? "应该怎么做？" : "会怎么样？");
    offer(z, told ? "how" : "condition", 0.6, &q);
}

/* "稳妥的做法是…" under a heading → 关于…，稳妥的做法是什么？ */
static void ask_about(const Zh *z)
{
    static const char *const NOUNS[] = {"做法", "办法", "原则", "规矩", "规则", "惯例", "代价",
                                        "坏处", "好处", "前提", "条件", "关键", "要求", "标准",
                                        "步骤", "流程", "方法", "优点", "缺点"};
    char topic[64];
    ask_topic(z->asker, topic, sizeof topic);
    Part t = zh_part(topic, strlen(topic));
    if (t.size == 0 || zh_chars(t) > 12 || !z->first) return;
    for (size_t i = 0; i < sizeof NOUNS / sizeof *NOUNS; i++) {
        size_t at = zh_find(z->clause, NOUNS[i]), end = at == SIZE_MAX ? 0 : at + strlen(NOUNS[i]);
        Part behind = zh_skip(z->clause, end);
        if (at == SIZE_MAX ||
            !(zh_starts(behind, "是") || zh_starts(behind, "在于") || zh_starts(behind, "很简单")))
            continue;
        Part what = zh_part(z->clause.s, end);
        what = zh_skip(what, zh_starts_any(what, "一个 一种 一条 这里的 第一条"));
        if (zh_chars(what) > 8 || zh_starts_any(what, "这 那 其 它 该 此")) return;
        Str q = {0};
        str_addf(&q, "关于%s，", topic);
        add(&q, what);
        str_add(&q, "是什么？");
        offer(z, "how", 0.5, &q);
        return;
    }
}

/* X由Y决定 → X由什么决定？ */
static void ask_decided(const Zh *z)
{
    static const char *const ENDS[] = {"决定", "控制", "构成", "造成"};
    size_t at = zh_find(z->clause, "由");
    Part x;
    if (at == SIZE_MAX || !zh_subject_before(z, at, &x)) return;
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        if (!zh_ends(z->clause, ENDS[i]) || z->clause.size < at + 12) continue;
        Str q = {0};
        add(&q, x);
        str_addf(&q, "是由什么%s的？", ENDS[i]);
        offer(z, "what", 0.75, &q);
        return;
    }
}

/* X和Y的区别在于…, X比Y更… */
static void ask_comparison(const Zh *z)
{
    Str q = {0};
    size_t and = zh_find(z->clause, "和"), differ = zh_find(z->clause, "的区别");
    if (and == SIZE_MAX) and = zh_find(z->clause, "与");
    if (differ == SIZE_MAX) differ = zh_find(z->clause, "的不同");
    if (and != SIZE_MAX && differ != SIZE_MAX && and+3 < differ) {
        Part x = zh_part(z->clause.s, and), y = zh_part(z->clause.s + and+3, differ - and-3);
        if (!zh_is_subject(x) || !zh_is_subject(y)) return;
        str_addf(&q, "%.*s和%.*s有什么区别？", (int)x.size, x.s, (int)y.size, y.s);
        offer(z, "comparison", 0.75, &q);
        return;
    }
    size_t than = zh_find(z->clause, "比"), more = zh_find(z->clause, "更");
    if (than == SIZE_MAX || more == SIZE_MAX || more <= than + 3 || !z->first) return;
    Part x = zh_part(z->clause.s, than), y = zh_part(z->clause.s + than + 3, more - than - 3),
         how = zh_skip(z->clause, more + 3);
    y = zh_without_end(zh_without_end(y, "的"), "要");
    if (!zh_is_subject(x) || !zh_is_subject(y) || zh_chars(how) > 5 || zh_chars(how) < 1) return;
    str_addf(&q, "%.*s和%.*s哪个更%.*s？", (int)x.size, x.s, (int)y.size, y.s, (int)how.size,
             how.s);
    offer(z, "comparison", 0.7, &q);
}

typedef void ZhFrame(const Zh *z);
static ZhFrame *const FRAMES[] = {
    ask_definition, ask_why,   ask_cause,   ask_condition,  ask_purpose, ask_relation,
    ask_who,        ask_when,  ask_number,  ask_few,        ask_how,     ask_duty,
    ask_occasion,   ask_about, ask_decided, ask_comparison, ask_ability};

/* A heading that asks: 重叠有什么用 → 重叠有什么用？ */
void ask_chinese_heading(Asker *a)
{
    const char *heading = a->source->heading, *next;
    while (heading && (next = strstr(heading, " › ")) != NULL) heading = next + strlen(" › ");
    if (!heading) return;
    Part h = zh_part(heading, strlen(heading));
    while (h.size && (zh_is_digit(*h.s) || *h.s == '.' || *h.s == ' ')) h = zh_skip(h, 1);
    h = zh_without_end(zh_without_end(h, "？"), "?");
    size_t n = zh_chars(h);
    if (n < CLAUSE_LEAST || n > CLAUSE_MOST ||
        !zh_has_any(h, "怎么 怎样 如何 什么 多少 为什么 哪些 哪个 是否 能否 吗 该不该 能不能 谁"))
        return;
    Zh z = {.asker = a};
    Str q = {0};
    add(&q, h);
    str_add(&q, "？");
    a->sentence = SIZE_MAX;
    offer(&z, "how", 0.6, &q);
}

void ask_chinese(Asker *a, const char *sentence, size_t size)
{
    Str text = {0};
    char room[64];
    zh_drop_brackets(sentence, size, &text);
    Part all = zh_part(str_get(&text), text.size), list[CLAUSES];
    size_t count = 0;
    for (size_t at = 0; at < all.size && count < CLAUSES;) {
        Part c = zh_next_clause(all, &at);
        if (c.size) list[count++] = c;
    }
    bool asks = zh_has(all, "？") || zh_has(all, "?");
    Zh z = {.asker = a, .topic = zh_topic(a, room, sizeof room)};
    for (size_t i = 0; i < count && !asks; i++) {
        static const char RESULTS[] = "因此 所以 因而 于是 故";
        /* behind "由于…" and "…时" the main clause comes first */
        z.first = i == 0 ||
                  (i == 1 &&
                   (zh_starts_any(list[0], "由于 因为 如果 虽然 尽管 为了 若 当 一旦 只要 由於") ||
                    zh_ends_any(list[0], "时 后 之前 的话")));
        z.result = zh_starts_any(list[i], RESULTS) > 0;
        z.clause = list[i];
        for (size_t n; (n = zh_starts_any(z.clause, ZH_CONNECTIVES)) > 0 && n < z.clause.size;)
            z.clause = zh_skip(z.clause, n);
        z.before = i > 0 ? list[i - 1] : zh_part("", 0);
        z.after = i + 1 < count ? list[i + 1] : zh_part("", 0);
        if (i == 0) {
            z.subject = zh_sentence_subject(z.clause);
            z.about_topic = zh_starts_any(z.clause, ZH_THESE) > 0 ||
                            (z.topic.size && z.clause.size >= z.topic.size &&
                             memcmp(z.clause.s, z.topic.s, z.topic.size) == 0);
            if (z.about_topic && z.topic.size) z.subject = z.topic;
        }
        for (size_t f = 0; f < sizeof FRAMES / sizeof *FRAMES; f++) FRAMES[f](&z);
    }
    str_release(&text);
}
