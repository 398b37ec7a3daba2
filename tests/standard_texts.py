"""Rating standards in the manner of many houses, and what each says, read by hand.

Bands are written as intervals: ``[`` and ``]`` have the bound, ``(`` and ``)`` do not.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A text and what a person reads from it; ``company`` is empty where it makes no scale."""

    text: str
    company: str
    industry: str = ""
    months: tuple[int, int] = (0, 0)
    basis: str = "price"
    benchmarks: str = ""
    shipped: str = ""
    says: str = ""


A = "shanghai 000300.SH shenzhen 000300.SH"
HK, US, BJ = "hongkong HSI.HK", "us SPX.US", "beijing 899050.BJ"
NEEQ = "neeq_negotiated 899001.NQ neeq_market_making"

CASES = {
    "table with a column for what is rated": Case(
        """评级说明
投资评级标准\t\t评级\t说明
报告中投资建议涉及的评级标准为报告发布日后6
个月内的相对市场表现，也即报告发布日后的6个
月内公司股价（或行业指数）相对同期相关证券市
场代表性指数的涨跌幅作为基准。A股市场以沪深
300指数作为基准；新三板市场以三板成指为基准；
香港市场以恒生指数作为基准；美国市场以标普500
指数为基准。
股票评级\t买入\t相对涨幅15%以上
\t增持\t相对涨幅5%—15%
\t中性\t相对涨幅-5%—5%之间
\t减持\t相对跌幅5%—15%
\t卖出\t相对跌幅15%以上
行业评级\t强于大市\t相对涨幅10%以上
\t中性\t相对涨幅-10-10%之间
\t弱于大市\t相对跌幅10%以上

分析师声明
过去12个月内，本公司持有其5%以上的股份。
""",
        "buy 买入 [15; overweight 增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 (-15 -5]; sell 卖出 -15]",
        "outperform 强于大市 [10; neutral 中性 (-10 10); underperform 弱于大市 -10]",
        (6, 6),
        benchmarks=f"{A} {HK} {US} {NEEQ} 899001.NQ",
    ),
    "the same without industries is a shipped one": Case(
        """投资评级说明：以报告发布日后6个月内的涨跌幅计。A股以沪深300指数为基准，新三板
以三板成指为基准，港股以恒生指数为基准，美股以标普500指数为基准。
买入\t相对涨幅15%以上
增持\t相对涨幅5%-15%
中性\t相对涨幅-5%-5%之间
减持\t相对跌幅5%-15%
卖出\t相对跌幅15%以上
""",
        "buy 买入 [15; overweight 增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 (-15 -5]; sell 卖出 -15]",
        "",
        (6, 6),
        benchmarks=f"{A} {HK} {US} {NEEQ} 899001.NQ",
        shipped="csc",
    ),
    "own words that say what a shipped one says": Case(
        """某某研究院股票评级体系
评级看报告日起6到12个月内的表现。各市场的基准：沪深市场沪深300，北交所北证50，新三板中协议转让的
看三板成指、做市转让的看三板做市，港股恒生指数，美股标普500。
股票投资评级：
买入：今后6个月股价涨跌幅比基准高出15%以上，相对收益突出；
增持：今后6个月股价涨跌幅相对基准为5%至15%；
中性：今后6个月股价涨跌幅相对基准为-5%至5%；
减持：今后6个月股价涨跌幅相对基准为-15%至-5%；
卖出：今后6个月股价涨跌幅落后基准15%以上。
板块投资评级：
增持：今后6个月板块指数跑赢基准5%以上；
中性：今后6个月板块指数与基准相差不出±5%；
减持：今后6个月板块指数跑输基准5%以上。
""",
        "buy 买入 [15; overweight 增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 (-15 -5]; sell 卖出 -15]",
        "overweight 增持 [5; neutral 中性 (-5 5); underweight 减持 -5]",
        (6, 12),
        benchmarks=f"{A} {BJ} {HK} {US} {NEEQ} 899002.NQ",
        shipped="soochow",
    ),
    "industries in words only": Case(
        """评级说明

评级\t说明
1.投资建议的比较标准
投资评级分为股票评级和行业评级。
以报告发布后的12个月内的市场表现为比较标准，报告发布日后的12个月内的公司股价
（或行业指数）的涨跌幅相对同期的沪深300指数涨跌幅为基准。
股票投资评级
增持\t相对沪深300指数涨幅15%以上
谨慎增持\t相对沪深300指数涨幅介于5%～15%之间
中性\t相对沪深300指数涨幅介于-5%～5%
减持\t相对沪深300指数下跌5%以上
行业投资评级
增持\t明显强于沪深300指数
中性\t基本与沪深300指数持平
减持\t明显弱于沪深300指数
""",
        "overweight 增持 [15; cautious_overweight 谨慎增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 -5]",
        "",
        (12, 12),
        benchmarks=A,
        shipped="guotai_junan",
        says="industry: no figures could be read for 增持, 中性, 减持",
    ),
    "grades in both languages, out of order": Case(
        """公司评级说明:
卖出(Sell):预期未来 6 个月内,股价表现弱于沪深 300 指数 5%以上。
买入(Buy):预期未来 6 个月内,股价表现强于沪深 300 指数 20%以上。
持有(Hold):预期未来 6 个月内,股价相对沪深 300 指数的变动幅度介于+5%~+20%。
中性(Neutral):预期未来 6 个月内,股价相对沪深 300 指数的变动幅度介于-5%~+5%。
行业评级说明:
强于大市:预期未来 6 个月内,行业涨幅强于沪深 300 指数 10%以上。
跟随大市:预期未来 6 个月内,行业涨幅相对沪深 300 指数的变动幅度介于-10%~+10%。
弱于大市:预期未来 6 个月内,行业涨幅弱于沪深 300 指数 10%以上。
""",
        "buy 买入 [20; hold 持有 [5 20); neutral 中性 (-5 5); sell 卖出 -5]",
        "outperform 强于大市 [10; neutral 跟随大市 (-10 10); underperform 弱于大市 -10]",
        (6, 6),
        benchmarks=A,
        shipped="hongxin",
    ),
    "bounds that are excluded": Case(
        """投资评级说明
类别\t评级\t说明
报告中投资建议所涉及的评级分为股票评级和行业评级（另有说明的除外）。评级标准为报告
发布日后的12个月内公司股价（或行业指数）相对同期相关证券市场代表性指数的涨跌幅。其中：
沪深两市以沪深300指数为基准；北交所市场以北证50指数为基准；新三板市场以三板成指为
基准；香港市场以恒生指数为基准；美国市场以标普500或纳斯达克综合指数为基准。
股票评级\t买入\t相对同期相关证券市场代表性指数涨幅大于15%
\t增持\t相对同期相关证券市场代表性指数涨幅在5%～15%之间
\t中性\t相对同期相关证券市场代表性指数涨幅在-5%～5%之间
\t减持\t相对同期相关证券市场代表性指数涨幅小于-5%
\t无评级\t由于我们无法获取必要的资料，或者其他原因，无法给出明确的投资评级
行业评级\t推荐\t相对表现优于同期相关证券市场代表性指数
\t中性\t相对表现与同期相关证券市场代表性指数持平
\t回避\t相对表现弱于同期相关证券市场代表性指数
信息披露
""",
        "buy 买入 (15; overweight 增持 (5 15]; neutral 中性 [-5 5]; underweight 减持 -5)",
        "",
        (12, 12),
        benchmarks=f"{A} {BJ} {HK} {US} {NEEQ} 899001.NQ",
        shipped="industrial",
        says="us: SPX.US and IXIC.US are named; the first is used",
    ),
    "a benchmark without a symbol": Case(
        """评级说明
投资建议的评级标准\t评级\t说明
评级标准为报告发布日后6到12个月内的相对市场表现，以公司股价（或行业指数）相对同期
代表性指数的涨跌幅作为基准。A股市场以沪深300指数为基准，新三板市场以三板成指（针对
协议转让标的）或三板做市指数（针对做市转让标的）为基准；香港市场以摩根士丹利中国指数
为基准；美国市场以标普500指数为基准。
股票评级\t买入\t相对同期代表性指数涨幅20%以上
\t增持\t相对同期代表性指数涨幅介于5%～20%之间
\t持有\t相对同期代表性指数涨幅介于-10%～5%之间
\t卖出\t相对同期代表性指数跌幅10%以上
行业评级\t强于大市\t相对同期代表性指数涨幅10%以上
\t中性\t相对同期代表性指数涨幅介于-10%～10%之间
\t弱于大市\t相对同期代表性指数跌幅10%以上
""",
        "buy 买入 [20; overweight 增持 [5 20); hold 持有 (-10 5); sell 卖出 -10]",
        "outperform 强于大市 [10; neutral 中性 (-10 10); underperform 弱于大市 -10]",
        (6, 12),
        benchmarks=f"{A} {US} {NEEQ} 899002.NQ",
        says="摩根士丹利中国指数 is named as a benchmark and has no symbol here",
    ),
    "industries first, dividends counted": Case(
        """评级说明
投资评级基于分析师对报告发布日后6至12个月内行业或公司回报潜力（含此期间的股息回报）
相对基准表现的预期（A股市场基准为沪深300指数，香港市场基准为恒生指数，美国市场基准为
标普500指数），具体如下：
行业评级
增持：预计行业股票指数超越基准
中性：预计行业股票指数基本与基准持平
减持：预计行业股票指数明显弱于基准
公司评级
买入：预计股价超越基准15%以上
增持：预计股价超越基准5%~15%
持有：预计股价相对基准波动在-15%~5%之间
卖出：预计股价弱于基准15%以上
暂停评级：已暂停评级、目标价及预测，以遵守适用法规及/或公司政策
无评级：股票不在常规研究覆盖范围内。
""",
        "buy 买入 [15; overweight 增持 [5 15); hold 持有 (-15 5); sell 卖出 -15]",
        "",
        (6, 12),
        "total",
        f"{A} {HK} {US}",
    ),
    "a bound with two signs": Case(
        """评级说明
报告中所涉及的投资评级采用相对评级体系，基于报告发布日后6-12个月内公司股价（或行业
指数）相对同期当地市场基准指数的市场表现预期。其中，A股市场以沪深300指数为基准。
股票评级
强烈推荐：预期公司股价涨幅超越基准指数20%以上
增持：预期公司股价涨幅超越基准指数5-20%之间
中性：预期公司股价变动幅度相对基准指数介于±5%之间
减持：预期公司股价表现弱于基准指数5%以上
行业评级
推荐：行业基本面向好，预期行业指数超越基准指数
中性：行业基本面稳定，预期行业指数跟随基准指数
回避：行业基本面转弱，预期行业指数弱于基准指数
""",
        "buy 强烈推荐 [20; overweight 增持 [5 20); neutral 中性 (-5 5); underweight 减持 -5]",
        "",
        (6, 12),
        benchmarks=A,
    ),
    "one list for companies and industries": Case(
        """行业及公司评级体系
行业及公司评级
买入\t未来6-12个月的投资收益率领先市场基准指数15%以上
增持\t未来6-12个月的投资收益率领先市场基准指数5%至15%；
中性\t未来6-12个月的投资收益率与市场基准指数的变动幅度相差-5%至5%；
减持\t未来6-12个月的投资收益率落后市场基准指数5%至15%；
卖出\t未来6-12个月的投资收益率落后市场基准指数15%以上；
无评级\t因无法获取必要的资料，致使无法给出明确的投资评级。
基准指数说明：A股市场基准为沪深300指数；香港市场基准指数为恒生指数。
""",
        "buy 买入 [15; overweight 增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 (-15 -5]; sell 卖出 -15]",
        "buy 买入 [15; overweight 增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 (-15 -5]; sell 卖出 -15]",
        (6, 12),
        benchmarks=f"{A} {HK}",
        says="read as price",
    ),
    "definitions in brackets, words set wide": Case(
        """某研究所投资评级：
股票投资评级:
强烈推荐 （预计6个月内，股价表现强于市场表现20%以上）
推    荐 （预计6个月内，股价表现强于市场表现10%至20%之间）
中    性 （预计6个月内，股价表现相对市场表现在±10%之间）
回    避 （预计6个月内，股价表现弱于市场表现10%以上）
行业投资评级:
强于大市 （预计6个月内，行业指数表现强于市场表现5%以上）
中    性 （预计6个月内，行业指数表现相对市场表现在±5%之间）
弱于大市 （预计6个月内，行业指数表现弱于市场表现5%以上）
""",
        "buy 强烈推荐 [20; overweight 推荐 [10 20); neutral 中性 (-10 10); sell 回避 -10]",
        "outperform 强于大市 [5; neutral 中性 (-5 5); underperform 弱于大市 -5]",
        (6, 6),
    ),
    "three grades": Case(
        """投资评级标准
评级标准为报告发布日后12个月内公司股价（或行业指数）相对同期代表性指数的涨跌幅。
A股市场以沪深300指数（000300.SH）作为基准；香港市场以恒生指数(HSI.HI)作为基准。
股票投资评级
优于大市\t股价表现优于市场代表性指数10%以上
中性\t股价表现介于市场代表性指数±10%之间
弱于大市\t股价表现弱于市场代表性指数10%以上
无评级\t股价与市场代表性指数相比无明确观点
行业投资评级
优于大市\t行业指数表现优于市场代表性指数10%以上
中性\t行业指数表现介于市场代表性指数±10%之间
弱于大市\t行业指数表现弱于市场代表性指数10%以上
""",
        "outperform 优于大市 [10; neutral 中性 (-10 10); underperform 弱于大市 -10]",
        "outperform 优于大市 [10; neutral 中性 (-10 10); underperform 弱于大市 -10]",
        (12, 12),
        benchmarks=f"{A} {HK}",
    ),
    "full-width figures and a misprint": Case(
        """证券的投资评级：
以报告日后的6个月内，证券相对于市场基准指数的涨跌幅为标准，定义如下：
买入（Buy）\t：相对强于市场表现２０％以上；
增持（Outperform）\t：相对强于市场表现５％～２０％；
中性（Neutral）\t：相对市场表现在－５％～＋５％之间波动；
减持（Underperform）\t：相对弱于市场表现５％以下。
行业的投资评级：
看好（Overweight）\t：行业超越整体市场表现；
中性（Neutral）\t：行业与整体市场表现基本持平；
看淡（Underweight）\t：行业弱于整体市场表现。
我们在此提醒您，不同证券研究机构采用不同的评级术语及评级标准。
本报告采用的基准指数：沪深300指数
法律声明
""",
        "buy 买入 [20; overweight 增持 [5 20); neutral 中性 (-5 5); underweight 减持 -5]",
        "",
        (6, 6),
        benchmarks=A,
        says="以下 behind words of a fall is read as the fall or more",
    ),
    "below a figure below zero, and an index of the house's own": Case(
        """投资评级说明
1. 投资评级的比较和评级标准：以报告发布后的6个月内的市场表现为比较标准，公司股价（或
行业指数）的涨跌幅相对同期市场基准指数的涨跌幅；
2. 市场基准指数的比较标准：A股市场以本所综指为基准；香港市场以恒生指数为基准。
股票投资评级\t优于大市\t预期个股相对基准指数涨幅在10%以上；
\t中性\t预期个股相对基准指数涨幅介于-10%与10%之间；
\t弱于大市\t预期个股相对基准指数涨幅低于-10%及以下；
\t无评级\t对于个股未来6个月市场表现与基准指数相比无明确观点。
行业投资评级\t优于大市\t预期行业整体回报高于基准指数整体水平10%以上；
\t中性\t预期行业整体回报介于基准指数整体水平-10%与10%之间；
\t弱于大市\t预期行业整体回报低于基准指数整体水平-10%以下。
""",
        "outperform 优于大市 [10; neutral 中性 (-10 10); underperform 弱于大市 -10]",
        "outperform 优于大市 [10; neutral 中性 (-10 10); underperform 弱于大市 -10]",
        (6, 6),
        benchmarks=HK,
        says="本所综指 is named as a benchmark and has no symbol here",
    ),
    "the same words for industries and companies": Case(
        """某某证券—行业投资评级说明
买入：\t预期未来12个月内，股价表现强于大盘10%以上。
持有：\t预期未来12个月内，股价相对大盘的变动幅度介于-10%～+10%。
卖出：\t预期未来12个月内，股价表现弱于大盘10%以上。
某某证券—公司投资评级说明
买入：\t预期未来12个月内，股价表现强于大盘15%以上。
增持：\t预期未来12个月内，股价表现强于大盘5%-15%。
持有：\t预期未来12个月内，股价相对大盘的变动幅度介于-5%～+5%。
卖出：\t预期未来12个月内，股价表现弱于大盘5%以上。
""",
        "buy 买入 [15; overweight 增持 [5 15); hold 持有 (-5 5); sell 卖出 -5]",
        "buy 买入 [10; hold 持有 (-10 10); sell 卖出 -10]",
        (12, 12),
    ),
    "recommend by place": Case(
        """评级说明
以报告发布日后的12个月内公司股价（或行业指数）相对同期基准指数的涨跌幅为基准。其中：
A股以沪深300指数为基准；新三板以三板成指或三板做市指数为基准；港股以恒生指数为基准。
公司评级\t推荐\t相对基准指数涨幅15%以上
\t谨慎推荐\t相对基准指数涨幅5%～15%之间
\t中性\t相对基准指数涨幅-5%～5%之间
\t回避\t相对基准指数跌幅5%以上
行业评级\t推荐\t相对基准指数涨幅5%以上
\t中性\t相对基准指数涨幅-5%～5%之间
\t回避\t相对基准指数跌幅5%以上
免责声明
""",
        "buy 推荐 [15; overweight 谨慎推荐 [5 15); neutral 中性 (-5 5); sell 回避 -5]",
        "overweight 推荐 [5; neutral 中性 (-5 5); sell 回避 -5]",
        (12, 12),
        benchmarks=f"{A} {HK} {NEEQ} 899002.NQ",
    ),
    "benchmarks behind the bands": Case(
        """投资评级说明：
股票评级
买入\t预期未来6~12个月内相对同期基准指数涨幅在15%以上
增持\t预期未来6~12个月内相对同期基准指数涨幅在5%~15%之间
持有\t预期未来6~12个月内相对同期基准指数涨幅在-10%~+5%之间
减持\t预期未来6~12个月内相对同期基准指数跌幅在10%以上
备注：评级标准为报告发布日后的6~12个月内公司股价（或行业指数）相对同期基准指数的相对
市场表现。其中A股市场以沪深300指数为基准；美股市场以纳斯达克综合指数为基准。
重要声明：过去24个月内，本公司与标的公司没有业务。
""",
        "buy 买入 [15; overweight 增持 [5 15); hold 持有 (-10 5); underweight 减持 -10]",
        "",
        (6, 12),
        benchmarks=f"{A} us IXIC.US",
    ),
    "numbered grades": Case(
        """股票投资评级说明
以报告日后的6个月内，证券相对于沪深300指数的涨跌幅为标准，定义如下：
1、买 入：相对于沪深300指数表现＋20％以上；
2、增 持：相对于沪深300指数表现＋10％～＋20％；
3、中 性：相对于沪深300指数表现－10％～＋10％之间波动；
4、减 持：相对于沪深300指数表现－10％以下。
行业的投资评级：
1、看 好：行业指数相对于沪深300指数表现＋10%以上；
2、中 性：行业指数相对于沪深300指数表现－10%～＋10%；
3、看 淡：行业指数相对于沪深300指数表现－10%以下。
""",
        "buy 买入 [20; overweight 增持 [10 20); neutral 中性 (-10 10); underweight 减持 -10]",
        "overweight 看好 [10; neutral 中性 (-10 10); underweight 看淡 -10]",
        (6, 6),
        benchmarks=A,
    ),
    "dashes, and classes of risk behind": Case(
        """公司评级体系
收益评级：
买入 — 未来6个月的投资收益率领先沪深300指数15%以上；
增持 — 未来6个月的投资收益率领先沪深300指数5%至15%；
中性 — 未来6个月的投资收益率与沪深300指数的变动幅度相差-5%至5%；
减持 — 未来6个月的投资收益率落后沪深300指数5%至15%；
卖出 — 未来6个月的投资收益率落后沪深300指数15%以上；
风险评级：
A — 正常风险，未来6个月投资收益率的波动小于等于沪深300指数波动；
B — 较高风险，未来6个月投资收益率的波动大于沪深300指数波动；
""",
        "buy 买入 [15; overweight 增持 [5 15); neutral 中性 (-5 5); "
        "underweight 减持 (-15 -5]; sell 卖出 -15]",
        "",
        (6, 6),
        benchmarks=A,
    ),
    "an English table": Case(
        """COMPANY RATING DEFINITION
The Benchmark: Hong Kong Hang Seng Index
Time Horizon: 6 to 18 months
Rating\tDefinition
Buy\tRelative Performance >15%; or the fundamental outlook of the company is favorable.
Accumulate\tRelative Performance is 5% to 15%; or the outlook of the company is favorable.
Neutral\tRelative Performance is -5% to 5%; or the outlook of the company is neutral.
Reduce\tRelative Performance is -15% to -5%; or the outlook is unfavorable.
Sell\tRelative Performance <-15%; or the outlook of the company is unfavorable.

SECTOR RATING DEFINITION
Outperform\tRelative Performance >5%; or the fundamental outlook of the sector is favorable.
Neutral\tRelative Performance is -5% to 5%; or the outlook of the sector is neutral.
Underperform\tRelative Performance <-5%; or the outlook of the sector is unfavorable.

DISCLOSURE OF INTERESTS
""",
        "buy 买入 (15; overweight 收集 (5 15]; neutral 中性 [-5 5]; "
        "underweight 减持 [-15 -5); sell 卖出 -15)",
        "outperform 优于大市 (5; neutral 中性 [-5 5]; underperform 弱于大市 -5)",
        (6, 18),
        benchmarks=HK,
    ),
    "English prose in wrapped lines": Case(
        """Investment rating system
Our ratings are relative to the benchmark of the market where a stock is listed over the next 6 to
12 months: the CSI 300 Index for A-shares, the Hang Seng Index for Hong Kong and the S&P 500 for
US stocks. Stock ratings:
- Buy: the share price is expected to outperform the benchmark by more than
15% over the next 6 months;
- Overweight: expected to outperform the benchmark by between 5% and
15%;
- Neutral: expected to perform within -5% to +5% of the benchmark;
- Underweight: expected to underperform the benchmark by more than 5%.
Sector ratings:
- Outperform: the sector is expected to beat the benchmark by more than 10%;
- In-line: within 10% of the benchmark;
- Underperform: the sector is expected to lag the benchmark by more than 10%.
Disclaimer
""",
        "buy 买入 (15; overweight 增持 (5 15]; neutral 中性 [-5 5]; underweight 减持 -5)",
        "outperform 优于大市 (10; neutral 同步大市 [-10 10]; underperform 弱于大市 -10)",
        (6, 12),
        benchmarks=f"{A} {HK} {US}",
    ),
    "total return, or more and at least": Case(
        """Rating definitions
Outperform: the total return is expected to exceed that of the Hang Seng Index by at least 10% over
the next twelve months.
Market Perform: the total return is expected to be within 10 percentage points of the index.
Underperform: the total return is expected to trail the index by underperforming it 10% or more.
""",
        "outperform 优于大市 [10; neutral 同步大市 (-10 10); underperform 弱于大市 -10]",
        "",
        (12, 12),
        "total",
        HK,
    ),
    "traditional letters": Case(
        """投資評級標準
股票評級（未來12個月內相對恆生指數的總回報）
買入：股價總回報預計跑贏恆生指數15%或以上
持有：股價總回報預計與恆生指數相差介乎-10%至15%
沽出：股價總回報預計跑輸恆生指數10%以上
""",
        "buy 买入 [15; hold 持有 (-10 15); sell 沽出 -10]",
        "",
        (12, 12),
        "total",
        HK,
    ),
    "lines broken anywhere": Case(
        """投资评级说明
公司评级标准：未来十二个月内，个股相对沪深3
00指数的涨跌幅
买
入：预计涨幅超过1
5%；增持：涨幅介于5%
～15%；中性：涨跌幅介于-5%～
5%；减
持：跌幅超过5%。
""",
        "buy 买入 (15; overweight 增持 (5 15]; neutral 中性 [-5 5]; underweight 减持 -5)",
        "",
        (12, 12),
        benchmarks=A,
    ),
    "two bounds in words": Case(
        """股票评级标准（报告发布后一年内，股价相对沪深300指数）
强烈买入：涨幅不低于20%
买入：涨幅大于等于10%，小于20%
观望：涨幅高于-10%、低于10%
卖出：跌幅达到10%（含）以上，即跑输指数
""",
        "buy 强烈买入 [20; overweight 买入 [10 20); neutral 观望 (-10 10); sell 卖出 -10]",
        "",
        (12, 12),
        benchmarks=A,
    ),
    "the worst grade ends": Case(
        """公司投资评级说明：
强推：预期未来6个月内超越基准指数20%以上；
推荐：预期未来6个月内超越基准指数10%－20%；
中性：预期未来6个月内相对基准指数变动幅度在-10%－10%之间；
回避：预期未来6个月内相对基准指数跌幅在10%－20%之间。
行业投资评级说明：
推荐：预期未来3-6个月内该行业指数涨幅超过基准指数5%以上；
中性：预期未来3-6个月内该行业指数变动幅度相对基准指数-5%－5%；
回避：预期未来3-6个月内该行业指数跌幅超过基准指数5%以上。
""",
        "",
        says="company: 回避, the worst grade, ends at -20%",
    ),
    "a gap": Case(
        """股票评级说明（未来6个月相对沪深300指数的涨跌幅）
买入：20%以上
增持：5%至15%
中性：-5%至5%
减持：-5%以下
""",
        "",
        says="company: 买入 and 增持 leave a gap between 15% and 20%",
    ),
    "an overlap": Case(
        """股票评级说明（未来6个月相对沪深300指数的涨跌幅）
买入：20%以上
增持：10%以上
中性：-10%至10%
减持：-10%以下
""",
        "",
        says="company: 买入 and 增持 overlap",
    ),
    "a bound that nobody has": Case(
        """股票评级说明（未来6个月相对沪深300指数的涨跌幅）
买入：涨幅大于10%
中性：涨幅大于-10%，小于10%
减持：涨幅小于等于-10%
""",
        "",
        says="company: neither of 买入 and 中性 has 10%",
    ),
    "a bound that two have": Case(
        """股票评级说明（未来6个月相对沪深300指数的涨跌幅）
买入：涨幅10%以上
中性：涨幅大于-10%，不超过10%
减持：涨幅小于等于-10%
""",
        "",
        says="company: 买入 and 中性 both claim 10%",
    ),
    "returns without a benchmark": Case(
        """投资评级的说明：
买入：预期未来6－12个月内上涨幅度在15%以上；
增持：预期未来6－12个月内上涨幅度在5%－15%；
中性：预期未来6－12个月内变动幅度在 -5%－5%；
减持：预期未来6－12个月内下跌幅度在5%以上。
""",
        "",
        says="company: the returns are not said to be relative to a benchmark",
    ),
    "English returns without a benchmark": Case(
        """Ratings
BUY\t: Stock with potential return of over 15% over next 12 months
HOLD\t: Stock with potential return of +15% to -10% over next 12 months
SELL\t: Stock with potential loss of over 10% over next 12 months
NOT RATED\t: Stock is not rated
OUTPERFORM\t: Industry expected to outperform the benchmark over next 12 months
MARKET-PERFORM\t: Industry expected to perform in-line with the benchmark over next 12 months
UNDERPERFORM\t: Industry expected to underperform the benchmark over next 12 months
""",
        "",
        says="company: the returns are not said to be relative to a benchmark",
    ),
    "no months": Case(
        """股票评级说明（相对沪深300指数的涨跌幅）
买入：10%以上
中性：-10%至10%
减持：-10%以下
""",
        "",
        says="the text does not tell over how many months",
    ),
    "companies in words only": Case(
        """评级体系说明：
采用相对评级体系，股票评级分为跑赢行业、中性、跑输行业（定义见下文）。
股票评级定义：
跑赢行业（OUTPERFORM）：未来6~12个月，预计个股表现超过同期其所属的行业指数；
中性（NEUTRAL）：未来6~12个月，预计个股表现与同期其所属的行业指数相比持平；
跑输行业（UNDERPERFORM）：未来6~12个月，预计个股表现不及同期其所属的行业指数。
行业评级定义：
超配（OVERWEIGHT）：未来6~12个月，预计某行业会跑赢大盘10%以上；
标配（EQUAL-WEIGHT）：未来6~12个月，预计某行业表现与大盘的关系在-10%与10%之间；
低配（UNDERWEIGHT）：未来6~12个月，预计某行业会跑输大盘10%以上。
""",
        "",
        says="company: no figures could be read for 跑赢行业, 中性, 跑输行业",
    ),
    "industries only": Case(
        """行业评级说明
强于大市：未来6个月行业指数强于沪深300指数10%以上；
中性：未来6个月行业指数相对沪深300指数在-10%至10%之间；
弱于大市：未来6个月行业指数弱于沪深300指数10%以上。
""",
        "",
        says="company: there is no list of company grades",
    ),
}
READ = {name: case for name, case in CASES.items() if case.company}
