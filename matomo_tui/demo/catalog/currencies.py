"""Currencies with names and symbols, as in ``SitesManager.getCurrencyList``."""

from __future__ import annotations

from functools import cache

_LIST = """
AFN Afghan Afghani (؋); ALL Albanian Lek (L); DZD Algerian Dinar (د.ج); AOA Angolan Kwanza (Kz);
ARS Argentine Peso ($); AMD Armenian Dram (դր.); AWG Aruban Florin (ƒ); AUD Australian Dollar (A$);
AZN Azerbaijani Manat (m); BSD Bahamian Dollar ($); BHD Bahraini Dinar (.د.ب); BDT Bangladeshi Taka (৳);
BBD Barbadian Dollar ($); BYN Belarusian Ruble (Br); BZD Belize Dollar ($); BMD Bermudan Dollar ($);
BTN Bhutanese Ngultrum (Nu.); BTC Bitcoin (BTC); BOB Bolivian Boliviano (Bs.);
BAM Bosnia-Herzegovina Convertible Mark (KM); BWP Botswanan Pula (P); BRL Brazilian Real (R$);
GBP British Pound (£); BND Brunei Dollar ($); BGN Bulgarian Lev (лв); BIF Burundian Franc (Fr);
XPF CFP Franc (CFPF); KHR Cambodian Riel (៛); CAD Canadian Dollar (CA$); CVE Cape Verdean Escudo ($);
KYD Cayman Islands Dollar ($); XAF Central African CFA Franc (FCFA); CLP Chilean Peso ($); CNY Chinese Yuan (CN¥);
COP Colombian Peso ($); KMF Comorian Franc (Fr); CDF Congolese Franc (Fr); CRC Costa Rican Colón (₡);
HRK Croatian Kuna (kn); CUC Cuban Convertible Peso ($); CUP Cuban Peso ($); CZK Czech Koruna (Kč);
DKK Danish Krone (kr); DJF Djiboutian Franc (Fr); DOP Dominican Peso ($); XCD East Caribbean Dollar (EC$);
EGP Egyptian Pound (ج.م); ERN Eritrean Nakfa (Nfk); ETB Ethiopian Birr (Br); EUR Euro (€);
FKP Falkland Islands Pound (£); FJD Fijian Dollar ($); GMD Gambian Dalasi (D); GEL Georgian Lari (ლ);
GHS Ghanaian Cedi (₵); GIP Gibraltar Pound (£); GTQ Guatemalan Quetzal (Q); GNF Guinean Franc (Fr);
GYD Guyanaese Dollar ($); HTG Haitian Gourde (G); HNL Honduran Lempira (L); HKD Hong Kong Dollar (HK$);
HUF Hungarian Forint (Ft); ISK Icelandic Króna (kr); INR Indian Rupee (₹); IDR Indonesian Rupiah (Rp);
IRR Iranian Rial (﷼); IQD Iraqi Dinar (ع.د); ILS Israeli New Shekel (₪); JMD Jamaican Dollar ($);
JPY Japanese Yen (¥); JOD Jordanian Dinar (د.ا); KZT Kazakhstani Tenge (₸); KES Kenyan Shilling (Sh);
KWD Kuwaiti Dinar (د.ك); KGS Kyrgystani Som (лв); LAK Laotian Kip (₭); LBP Lebanese Pound (ل.ل);
LSL Lesotho Loti (L); LRD Liberian Dollar ($); LYD Libyan Dinar (ل.د); MOP Macanese Pataca (P);
MKD Macedonian Denar (ден); MGA Malagasy Ariary (Ar); MWK Malawian Kwacha (MK); MYR Malaysian Ringgit (RM);
MVR Maldivian Rufiyaa (ރ.); MRU Mauritanian Ouguiya (UM); MUR Mauritian Rupee (₨); MXN Mexican Peso (MX$);
MDL Moldovan Leu (L); MNT Mongolian Tugrik (₮); MAD Moroccan Dirham (د.م.); MZN Mozambican Metical (MTn);
MMK Myanmar Kyat (K); NAD Namibian Dollar ($); NPR Nepalese Rupee (₨); ANG Netherlands Antillean Guilder (ƒ);
TWD New Taiwan Dollar (NT$); NZD New Zealand Dollar (NZ$); NIO Nicaraguan Córdoba (C$); NGN Nigerian Naira (₦);
KPW North Korean Won (₩); NOK Norwegian Krone (kr); OMR Omani Rial (ر.ع.); PKR Pakistani Rupee (₨);
PAB Panamanian Balboa (B/.); PGK Papua New Guinean Kina (K); PYG Paraguayan Guarani (₲); PEN Peruvian Sol (S/.);
PHP Philippine Peso (₱); PLN Polish Zloty (zł); QAR Qatari Riyal (ر.ق); RON Romanian Leu (L);
RUB Russian Ruble (руб.); RWF Rwandan Franc (Fr); WST Samoan Tala (T); SAR Saudi Riyal (ر.س);
RSD Serbian Dinar (дин. or din.); SCR Seychellois Rupee (₨); SLL Sierra Leonean Leone (1964—2022) (Le);
SLE Sierra Leonean Leone (Le); SGD Singapore Dollar ($); SBD Solomon Islands Dollar ($); SOS Somali Shilling (Sh);
ZAR South African Rand (R); KRW South Korean Won (₩); SSP South Sudanese Pound (£); LKR Sri Lankan Rupee (Rs);
SHP St. Helena Pound (£); SDG Sudanese Pound (جنيه سوداني); SRD Surinamese Dollar ($); SZL Swazi Lilangeni (L);
SEK Swedish Krona (kr); CHF Swiss Franc (Fr); SYP Syrian Pound (ل.س); STN São Tomé & Príncipe Dobra (Db);
TJS Tajikistani Somoni (ЅМ); TZS Tanzanian Shilling (Sh); THB Thai Baht (฿); TOP Tongan Paʻanga (T$);
TTD Trinidad & Tobago Dollar ($); TND Tunisian Dinar (د.ت); TRY Turkish Lira (TL); TMT Turkmenistani Manat (m);
USD US Dollar ($); UGX Ugandan Shilling (Sh); UAH Ukrainian Hryvnia (₴); AED United Arab Emirates Dirham (د.إ);
UYU Uruguayan Peso ($); UZS Uzbekistani Som (лв); VUV Vanuatu Vatu (Vt); VES Venezuelan Bolívar (Bs. S);
VND Vietnamese Dong (₫); XOF West African CFA Franc (F CFA); YER Yemeni Rial (﷼); ZMW Zambian Kwacha (ZK);
"""


@cache
def currencies() -> dict[str, str]:
    """Code → name and symbol: ``EUR`` → ``Euro (€)``."""
    entries = (entry.strip() for entry in _LIST.replace("\n", " ").split(";"))
    return {entry[:3]: entry[4:] for entry in entries if entry}


def currency_name(code: str) -> str:
    return currencies().get(code, f"{code} (").rpartition(" (")[0]


def symbol(code: str) -> str:
    found = currencies().get(code)
    return code if found is None else found.rpartition(" (")[2].removesuffix(")")
